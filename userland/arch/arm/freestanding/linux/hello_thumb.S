/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Say hello without a libc in T32 (Thumb) from the first instruction on.
 *
 * `.thumb_func` sets the lowest bit of the symbol's address; the linker puts it into the entry point, and the kernel sets the
 * state T for the program by it. All instructions here have 16 bits: hello.S has 32 bytes of them, this file 16.
 *
 * ../../thumb.S changes between the two sets. Arm ARM DDI 0406, A2.5.1, "Instruction set state register, ISETSTATE".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./hello_thumb"
 * stdout = "hello\n"
 * [/lkmc]
 */

	.syntax	unified
	.text
	.thumb
	.globl	_start
	.thumb_func
_start:
	movs	r0, #1			/* standard output */
	adr	r1, text
	movs	r2, #text_end - text
	movs	r7, #4			/* write */
	svc	#0

	movs	r0, #0
	movs	r7, #1			/* exit */
	svc	#0

	.balign	4
text:
	.ascii	"hello\n"
text_end:
