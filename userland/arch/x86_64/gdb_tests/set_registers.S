/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Change registers in a debugger.
 *
 * The program ends with the status that EDI has, 0. At `before_exit` it can be made another one: `set $edi = 5`. A part of a
 * register may be set as well, and the program counter: `set $pc = ...`, or `jump`, goes on elsewhere.
 *
 *	./lkmc demo debug userland/arch/x86_64/gdb_tests/set_registers.S before_exit
 *
 * GDB manual, "Registers", "Continuing at a Different Address". tests/debuggee/set_registers.py is such a session.
 */
#include <asm/unistd.h>

	.text
	.globl	_start
	.type	_start, @function
_start:
	xor	%edi, %edi
before_exit:
	mov	$__NR_exit, %eax
	syscall
	.globl	elsewhere
	.type	elsewhere, @function
elsewhere:
	add	$2, %edi
	jmp	before_exit
