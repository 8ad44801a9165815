/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is a comment in assembly, and what is not.
 *
 * The name of a file that ends in .S goes through the C preprocessor first, which takes away what C takes for comments, and reads
 * lines that begin with `#` as its own (`#include`, `#define`). A file that ends in .s does not. The assembler itself knows `//`
 * to the end of the line on AArch64, `@` on 32-bit Arm, `#` on x86. `#` elsewhere on a line begins a constant on Arm, and is
 * optional there. A semicolon separates two statements, on AArch64 as on 32-bit Arm.
 *
 * GNU as manual, "AArch64 Syntax", "Comments".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #1			/* of C, also over
					   several lines */
	// mov	x0, #2
	# mov	x0, #3, in the first column but for blanks: the preprocessor leaves it, the assembler takes it for a comment
	mov	x1, 4			// `#` may be missing
	mov	x2, #5; mov x3, #6	// two statements
	add	x0, x0, x1
	add	x0, x0, x2
	add	x0, x0, x3
	ASSERT_EQ(x0, 16)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
