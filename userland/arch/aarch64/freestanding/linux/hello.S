/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Say hello without a libc: two system calls and nothing else.
 *
 * The linker makes `_start` the entry point. The kernel jumps there with argc at the top of the stack and no return address, so
 * the only way out is exit(2). SVC takes the call's number in x8 and its arguments in x0 to x5; the result comes back in x0, and
 * no other register changes.
 *
 * Eight instructions: on gem5's AtomicSimpleCPU at 2 GHz each takes 500 ps, and `lkmc gem5 run aarch64-gem5-atomic --trace Exec`
 * shows them all.
 *
 * syscall(2), "Architecture calling conventions"; Arm ARM DDI 0487, C6.2, "SVC". The numbers: include/uapi/asm-generic/unistd.h
 * in the kernel.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */

	.text
	.globl	_start
_start:
	mov	x0, #1			/* standard output */
	adr	x1, text
	mov	x2, #text_end - text
	mov	x8, #64			/* write */
	svc	#0

	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0

text:
	.ascii	"hello\n"
text_end:
