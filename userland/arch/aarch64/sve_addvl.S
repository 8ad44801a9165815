/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask for the length of a vector.
 *
 * ADDVL adds a multiple of the vector's length in bytes to a register: how far a pointer goes on, or how much the stack has to
 * hold. RDVL reads it, CNTD says how many doublewords it has, and ADDPL adds the length of a predicate register, which has a bit
 * for each byte of a vector. The length is that of the processor or less: Linux gives a process 64 bytes at most, unless somebody
 * asks for more (/proc/sys/abi/sve_default_vector_length, prctl(2) with PR_SVE_SET_VL).
 *
 * On a processor without SVE it says so; see sve.S.
 *
 * Arm ARM DDI 0487, C8.2, "ADDVL", "ADDPL", "RDVL", "CNTD"; Linux, arch/arm64/sve.rst.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./sve_addvl"
 * stdout = "SVE: {any}\n"
 * [/lkmc]
 */
#include "../check.h"

	.arch_extension sve

	.equ	AT_HWCAP, 16
	.equ	HWCAP_SVE_BIT, 22

	.section .rodata
there:
	.asciz	"SVE: vectors of %ld bytes\n"
missing:
	.asciz	"SVE: not on this processor\n"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #AT_HWCAP
	bl	getauxval
	adrp	x2, missing
	add	x2, x2, :lo12:missing
	tbz	x0, #HWCAP_SVE_BIT, say

	mov	x0, #0
	addvl	x1, x0, #1

	/* A multiple of 16 bytes. */
	and	x2, x1, #15
	ASSERT_EQ(x2, 0)
	cbnz	x1, 1f
	FAIL("a vector of no bytes")
1:
	/* Other ways to the same number: two vectors less and two more, the register, doublewords, bits of a predicate. */
	addvl	x0, x1, #-2
	addvl	x0, x0, #2
	sub	x0, x0, x1
	ASSERT_EQ(x0, 0)
	rdvl	x0, #1
	sub	x0, x0, x1
	ASSERT_EQ(x0, 0)
	cntd	x0
	sub	x0, x1, x0, lsl #3
	ASSERT_EQ(x0, 0)
	mov	x0, #0
	addpl	x0, x0, #8
	sub	x0, x0, x1
	ASSERT_EQ(x0, 0)
	adrp	x2, there
	add	x2, x2, :lo12:there

say:
	mov	x0, x2
	bl	printf

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
