/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change registers in a debugger.
 *
 * The program ends with the status that w0 has, 0. At `before_exit` it can be made another one: `set $x0 = 5`, or `set $w0 = 5`
 * for the lower half. The program counter can be set as well: `set $pc = elsewhere`, or `jump elsewhere`, goes on there.
 *
 *	./lkmc demo debug userland/arch/aarch64/gdb_tests/set_registers.S before_exit -p aarch64-qemu
 *
 * GDB manual, "Registers", "Continuing at a Different Address".
 */
#include <asm/unistd.h>

	.text
	.globl	_start
	.type	_start, %function
_start:
	mov	w0, #0
before_exit:
	mov	w8, #__NR_exit
	svc	#0
	.globl	elsewhere
	.type	elsewhere, %function
elsewhere:
	add	w0, w0, #2
	b	before_exit
