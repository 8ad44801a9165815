/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of ../check.h for aarch64.
 *
 * Nothing here changes the flags, so that they need not be kept.
 */

	.macro lkmc_each_flag letter
	lkmc_flag \letter, n, N, 0x80000000
	lkmc_flag \letter, z, Z, 0x40000000
	lkmc_flag \letter, c, C, 0x20000000
	lkmc_flag \letter, v, V, 0x10000000
	.endm

/* x16 is the record. */
	.macro lkmc_check_eq value
	lkmc_address x16, 9999b
	str	\value, [x16, #24]
	bl	lkmc_eq
	.endm

	.macro lkmc_check function
	lkmc_address x16, 9999b
	bl	\function
	.endm

	.macro lkmc_check_cond condition
	b.\condition 9997f
	lkmc_check lkmc_fail
9997:
	.endm

	.macro lkmc_address register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
	.endm

	.pushsection .text
	.type	lkmc_eq, %function
lkmc_eq:
	stp	x0, x1, [sp, #-16]!
	ldp	x0, x1, [x16, #16]
	sub	x0, x0, x1
	cbnz	x0, 1f
	ldp	x0, x1, [sp], #16
	ret
1:	mov	x19, x16
	ldr	x4, [x19, #8]
	ldp	x6, x5, [x19, #16]
	lkmc_address x1, lkmc_eq_format
	b	lkmc_say

	.type	lkmc_flags, %function
lkmc_flags:
	stp	x0, x1, [sp, #-32]!
	stp	x2, x3, [sp, #16]
	mrs	x1, nzcv
	ldp	x2, x3, [x16, #16]
	and	x2, x1, x2
	sub	x2, x2, x3
	cbnz	x2, 1f
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #32
	ret
1:	mov	x19, x16
	lkmc_address x4, lkmc_letters
	ldr	x5, [x19, #8]
	add	x6, x19, #32		/* the bits */
	mov	x7, #0
2:	ldrb	w8, [x5, x7]
	cbz	w8, 3f
	orr	w8, w8, #0x20
	ldr	x9, [x6, x7, lsl #3]
	tst	x1, x9
	b.eq	4f
	and	w8, w8, #~0x20
4:	strb	w8, [x4, x7]
	add	x7, x7, #1
	b	2b
3:	lkmc_address x1, lkmc_flags_format
	b	lkmc_say

	.type	lkmc_memeq, %function
lkmc_memeq:
	stp	x0, x1, [sp, #-48]!
	stp	x2, x3, [sp, #16]
	str	x4, [sp, #32]
	ldp	x0, x1, [x16, #16]
	ldr	x2, [x16, #32]
1:	cbz	x2, 2f
	ldrb	w3, [x0], #1
	ldrb	w4, [x1], #1
	sub	x2, x2, #1
	sub	w4, w3, w4
	cbz	w4, 1b
	mov	x19, x16
	ldr	x4, [x19, #32]
	sub	x4, x4, x2
	sub	x4, x4, #1
	ldr	x5, [x19, #8]
	mov	w6, w3
	ldrb	w7, [x1, #-1]
	lkmc_address x1, lkmc_memeq_format
	b	lkmc_say
2:	ldr	x4, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp], #48
	ret

	.type	lkmc_fail, %function
lkmc_fail:
	mov	x19, x16
	ldr	x4, [x19, #8]
	lkmc_address x1, lkmc_fail_format
	/* Falls through. */

/* x1: the format; x4 and on: what follows the line; x19: the record. */
	.type	lkmc_say, %function
lkmc_say:
	mov	w0, #2
	lkmc_address x2, lkmc_file
	ldr	x3, [x19]
	bl	dprintf
	mov	w0, #1
	bl	exit
	.popsection
