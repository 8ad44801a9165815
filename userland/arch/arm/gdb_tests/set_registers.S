/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change registers in a debugger.
 *
 * The program ends with the status that r0 has, 0. At `before_exit` it can be made another one: `set $r0 = 5`. The program
 * counter can be set as well: `set $pc = elsewhere`, or `jump elsewhere`, goes on there.
 *
 *	./lkmc demo debug userland/arch/arm/gdb_tests/set_registers.S before_exit -p arm-qemu
 *
 * GDB manual, "Registers", "Continuing at a Different Address".
 */
#include <asm/unistd.h>

	.syntax	unified
	.arm
	.text
	.globl	_start
	.type	_start, %function
_start:
	mov	r0, #0
before_exit:
	mov	r7, #__NR_exit
	svc	#0
	.globl	elsewhere
	.type	elsewhere, %function
elsewhere:
	add	r0, r0, #2
	b	before_exit
