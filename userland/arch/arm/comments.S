/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is a comment in assembly, and what is not.
 *
 * A file whose name ends in .S goes through the C preprocessor first, which takes away what C takes for comments and reads lines
 * that begin with `#` as its own; a file that ends in .s does not. The assembler itself knows `@` to the end of the line on
 * 32-bit Arm, where AArch64 has `//`. `#` elsewhere begins a constant, and may be left out of most. A semicolon separates two
 * statements.
 *
 * GNU as manual, "ARM Syntax", "Comments".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1			/* of C, also over
					   several lines */
	// mov	r0, #2
	@ mov	r0, #3
	mov	r1, 4			@ `#` may be missing
	mov	r2, #5; mov r3, #6	@ two statements
	add	r0, r0, r1
	add	r0, r0, r2
	add	r0, r0, r3
	ASSERT_EQ(r0, 16)

	mov	r0, #0
	pop	{r4, pc}
