/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add two arrays with vectors whose length the program does not know.
 *
 * The registers z0 to z31 of the Scalable Vector Extension have 128 to 2048 bits, whichever the processor's designer took. A loop
 * asks at run time: WHILELO makes a predicate whose elements are true as long as the index is below the end, and a load under
 * that predicate neither reads nor faults behind it; INCD adds the number of doublewords in a vector to the index. The last,
 * shorter turn needs no code of its own: seven elements are three and a half vectors of 128 bits, and one of 512.
 *
 * Without HWCAP_SVE in the auxiliary vector each of these instructions is undefined, as on QEMU's cortex-a72; so this guest has
 * another processor. gem5's have it.
 *
 * Arm ARM DDI 0487, C8.2, "WHILELO", "LD1D (scalar plus scalar)", "INCD"; Linux, arch/arm64/sve.rst.
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#include "../check.h"

	.arch_extension sve

	.equ	AT_HWCAP, 16
	.equ	HWCAP_SVE_BIT, 22

	.data
	.balign	16
a:
	.quad	1, 2, 3, 4, 5, 6, 7
b:
	.quad	10, 20, 30, 40, 50, 60, 70
sum:
	.skip	7 * 8
behind:
	.quad	-1
expected:
	.quad	11, 22, 33, 44, 55, 66, 77, -1

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #AT_HWCAP
	bl	getauxval
	tbnz	x0, #HWCAP_SVE_BIT, 1f
	FAIL("this processor has no SVE")
1:
	adrp	x0, a
	add	x0, x0, :lo12:a
	adrp	x1, b
	add	x1, x1, :lo12:b
	adrp	x2, sum
	add	x2, x2, :lo12:sum
	mov	x3, #0			/* the index */
	mov	x4, #7
	whilelo	p0.d, x3, x4
1:	ld1d	{z0.d}, p0/z, [x0, x3, lsl #3]
	ld1d	{z1.d}, p0/z, [x1, x3, lsl #3]
	add	z0.d, z0.d, z1.d
	st1d	{z0.d}, p0, [x2, x3, lsl #3]
	incd	x3
	whilelo	p0.d, x3, x4
	b.first	1b			/* as long as the first element is true */
	ASSERT_MEMEQ(sum, expected, 64)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
