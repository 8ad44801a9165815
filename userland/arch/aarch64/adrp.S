/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make the address of something within 4 GiB, wherever the program was loaded.
 *
 * `adrp xd, symbol` gives the first address of the symbol's 4 KiB page: a constant of 21 bits, times 4096, is added to the
 * program counter, of which the lowest 12 bits are taken as zero. What is missing is `:lo12:symbol`, which an ADD, or the load
 * itself, puts on top. The linker fills in both. This pair is what compilers make of every access to a global variable.
 *
 * These pages have nothing to do with those of the operating system, which may be of another size.
 *
 * Arm ARM DDI 0487, C6.2, "ADRP"; ELF for the Arm 64-bit Architecture, R_AARCH64_ADR_PREL_PG_HI21.
 */
#include "../check.h"

	.data
	.balign	8
variable:
	.quad	0x1122334455667788

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* The page and the rest are the address. */
	adrp	x9, variable
	add	x9, x9, :lo12:variable
	ASSERT_EQ(x9, variable)

	/* The lowest 12 bits after ADRP are zero. */
	adrp	x0, variable
	and	x0, x0, #0xfff
	ASSERT_EQ(x0, 0)

	/* The rest can be in the load and in the store. */
	adrp	x9, variable
	ldr	x0, [x9, :lo12:variable]
	ASSERT_EQ(x0, 0x1122334455667788)
	mov	x0, #42
	str	x0, [x9, :lo12:variable]
	ldr	x0, [x9, :lo12:variable]
	ASSERT_EQ(x0, 42)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
