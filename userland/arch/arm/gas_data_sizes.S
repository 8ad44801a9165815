/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bytes the assembler's directives make.
 *
 * On 32-bit Arm a word has 4 bytes, and so have `.word`, `.int` and `.long`; `.quad` has 8, `.octa` 16. `.byte`, `.2byte`,
 * `.4byte` and `.8byte` say it in their names. `.ascii` ends without a zero, `.asciz` and `.string` with one. None of them
 * aligns; `.balign N` does, to N bytes (`.align N` to 2^N bytes here, to N bytes on x86).
 *
 * GNU as manual, "Pseudo Ops", "ARM Machine Directives".
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
	push	{r4, lr}

	/* The difference of two labels of one section is a constant that the assembler knows. */
	mov	r0, #s_hword - s_byte
	ASSERT_EQ(r0, 1)
	mov	r0, #s_short - s_hword
	ASSERT_EQ(r0, 2)
	mov	r0, #s_word - s_short
	ASSERT_EQ(r0, 2)
	mov	r0, #s_int - s_word
	ASSERT_EQ(r0, 4)
	mov	r0, #s_long - s_int
	ASSERT_EQ(r0, 4)
	mov	r0, #s_quad - s_long
	ASSERT_EQ(r0, 4)
	mov	r0, #s_octa - s_quad
	ASSERT_EQ(r0, 8)
	mov	r0, #s_float - s_octa
	ASSERT_EQ(r0, 16)
	mov	r0, #s_double - s_float
	ASSERT_EQ(r0, 4)
	mov	r0, #s_ascii - s_double
	ASSERT_EQ(r0, 8)
	mov	r0, #s_asciz - s_ascii
	ASSERT_EQ(r0, 3)
	mov	r0, #s_end - s_asciz
	ASSERT_EQ(r0, 4)

	/* Nothing aligns by itself. */
	ldr	r0, =s_hword
	and	r0, r0, #3
	ASSERT_EQ(r0, 1)
	ldr	r0, =s_aligned
	and	r0, r0, #15
	ASSERT_EQ(r0, 0)

	mov	r0, #0
	pop	{r4, pc}
