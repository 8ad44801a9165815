/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Say hello without a libc: two system calls and nothing else.
 *
 * The linker makes `_start` the entry point. The kernel jumps there with argc at the top of the stack and no return address, so
 * the only way out is exit(2). SVC takes the call's number in r7 and its arguments in r0 to r6; the result comes back in r0, and
 * no other register changes. (Before the "EABI" the number was in the instruction. Since then that is always 0.)
 *
 * syscall(2), "Architecture calling conventions"; Arm ARM DDI 0406, A8.8, "SVC (previously SWI)". The numbers:
 * arch/arm/tools/syscall.tbl in the kernel; they are not those of AArch64.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */

	.syntax	unified
	.arm
	.text
	.globl	_start
_start:
	mov	r0, #1			/* standard output */
	adr	r1, text
	mov	r2, #text_end - text
	mov	r7, #4			/* write */
	svc	#0

	mov	r0, #0
	mov	r7, #1			/* exit */
	svc	#0

text:
	.ascii	"hello\n"
text_end:
