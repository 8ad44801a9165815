// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a system call to oneself, in nine instructions.
 *
 * The vector for exceptions from the level that handles them, with its own stack pointer, is at 0x200 of the table (Arm ARM DDI
 * 0487, D1.3.1.5). The handler adds one to the caller's register; ERET goes on behind the SVC. svc.c does the same from C.
 *
 * Both emulators can show it happen: QEMU with `-d in_asm,int`, gem5 with `--trace ExecAll,Faults`.
 */

	.text
	.globl main
	.type main, %function
main:
	adr	x0, vectors
	msr	vbar_el1, x0
	isb
	mov	x0, #41
	svc	#0
	sub	x0, x0, #42		/* the status */
	ret

	.balign	0x800
vectors:
	.skip	0x200
	add	x0, x0, #1
	eret
