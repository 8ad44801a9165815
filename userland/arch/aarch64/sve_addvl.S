/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask for the length of a vector.
 *
 * ADDVL adds a multiple of the vector's length in bytes to a register: how far a pointer goes on, or how much the stack has to
 * hold. RDVL reads it, CNTD says how many doublewords it has, and ADDPL adds the length of a predicate register, which has a bit
 * for each byte of a vector. The length is that of the processor or less: Linux gives a process 64 bytes at most, unless somebody
 * asks for more (/proc/sys/abi/sve_default_vector_length, prctl(2) with PR_SVE_SET_VL).
 *
 * sve.S says which processors have SVE.
 *
 * Arm ARM DDI 0487, C8.2, "ADDVL", "ADDPL", "RDVL", "CNTD"; Linux, arch/arm64/sve.rst.
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 *
 * [[lkmc.run]]
 * guest = "./sve_addvl"
 * stdout = "vectors of {dec} bytes\n"
 * [/lkmc]
 */
#include "../check.h"

	.arch_extension sve

	.section .rodata
format:
	.asciz	"vectors of %ld bytes\n"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

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

	adrp	x0, format
	add	x0, x0, :lo12:format
	bl	printf

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
