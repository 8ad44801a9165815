/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bytes the assembler's directives make.
 *
 * `.word` is not the same everywhere: 4 bytes on Arm, where a word has 32 bits since the first processor, and 2 bytes on x86.
 * `.byte`, `.2byte`, `.4byte` and `.8byte` say it in their names. `.octa` is 16 bytes. `.ascii` ends without a zero, `.asciz` and
 * `.string` with one. None of them aligns on AArch64; `.balign N` does, to N bytes (`.align N` to 2^N bytes here, to N bytes on
 * x86).
 *
 * GNU as manual, "Pseudo Ops", "AArch64 Directives". The file for arm says what is different there.
 */
#include "../check.h"

	.data
	.balign	16
s_byte:
	.byte	1
s_hword:
	.hword	1
s_short:
	.short	1
s_word:
	.word	1
s_int:
	.int	1
s_long:
	.long	1
s_xword:
	.xword	1
s_quad:
	.quad	1
s_octa:
	.octa	1
s_float:
	.float	1.0
s_double:
	.double	1.0
s_ascii:
	.ascii	"abc"
s_asciz:
	.asciz	"abc"
s_end:
	.balign	16
s_aligned:

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* The difference of two labels of one section is a constant that the assembler knows. */
	mov	x0, #s_hword - s_byte
	ASSERT_EQ(x0, 1)
	mov	x0, #s_short - s_hword
	ASSERT_EQ(x0, 2)
	mov	x0, #s_word - s_short
	ASSERT_EQ(x0, 2)
	mov	x0, #s_int - s_word
	ASSERT_EQ(x0, 4)
	mov	x0, #s_long - s_int
	ASSERT_EQ(x0, 4)
	mov	x0, #s_xword - s_long
	ASSERT_EQ(x0, 4)
	mov	x0, #s_quad - s_xword
	ASSERT_EQ(x0, 8)
	mov	x0, #s_octa - s_quad
	ASSERT_EQ(x0, 8)
	mov	x0, #s_float - s_octa
	ASSERT_EQ(x0, 16)
	mov	x0, #s_double - s_float
	ASSERT_EQ(x0, 4)
	mov	x0, #s_ascii - s_double
	ASSERT_EQ(x0, 8)
	mov	x0, #s_asciz - s_ascii
	ASSERT_EQ(x0, 3)
	mov	x0, #s_end - s_asciz
	ASSERT_EQ(x0, 4)

	/* Nothing aligns by itself. */
	ldr	x0, =s_hword
	and	x0, x0, #3
	ASSERT_EQ(x0, 1)
	ldr	x0, =s_aligned
	and	x0, x0, #15
	ASSERT_EQ(x0, 0)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
