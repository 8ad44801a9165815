/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of ../check.h for arm. The checks can be used in A32 and in T32 code; what they call is A32.
 */

	.macro lkmc_each_flag letter
	lkmc_flag \letter, n, N, 0x80000000
	lkmc_flag \letter, z, Z, 0x40000000
	lkmc_flag \letter, c, C, 0x20000000
	lkmc_flag \letter, v, V, 0x10000000
	lkmc_flag \letter, q, Q, 0x08000000
	.endm

/* ip is the record. */
	.macro lkmc_check_eq value
	lkmc_address ip, 9999b
	str	\value, [ip, #12]
	bl	lkmc_eq
	.endm

	.macro lkmc_check function
	lkmc_address ip, 9999b
	bl	\function
	.endm

	.macro lkmc_check_cond condition
	b\condition 9997f
	lkmc_check lkmc_fail
9997:
	.endm

	.macro lkmc_address register, symbol
	movw	\register, #:lower16:\symbol
	movt	\register, #:upper16:\symbol
	.endm

	.pushsection .text
	.arm
/* Keep the flags and some registers; then r0 is the record. */
	.macro lkmc_enter
	push	{r0, r1, r2, r3}
	mrs	r3, apsr
	mov	r0, ip
	.endm

	.macro lkmc_leave
	msr	apsr_nzcvq, r3
	pop	{r0, r1, r2, r3}
	bx	lr
	.endm

	.balign	4
	.type	lkmc_eq, %function
lkmc_eq:
	lkmc_enter
	ldr	r1, [r0, #8]
	ldr	r2, [r0, #12]
	cmp	r1, r2
	bne	1f
	lkmc_leave
1:	ldr	r3, [r0, #4]
	lkmc_address r4, lkmc_eq_format
	b	lkmc_say_more		/* r3, r2, r1 */

	.type	lkmc_flags, %function
lkmc_flags:
	lkmc_enter
	ldr	r1, [r0, #8]
	ldr	r2, [r0, #12]
	and	r1, r3, r1
	cmp	r1, r2
	bne	1f
	lkmc_leave
1:	ldr	r2, [r0, #4]
	add	r4, r0, #16		/* the bits */
	lkmc_address r5, lkmc_letters
2:	ldrb	r6, [r2], #1
	cmp	r6, #0
	beq	3f
	ldr	r7, [r4], #4
	orr	r6, r6, #0x20
	tst	r3, r7
	bicne	r6, r6, #0x20
	strb	r6, [r5], #1
	b	2b
3:	lkmc_address r3, lkmc_letters
	ldr	r2, [r0, #4]
	lkmc_address r4, lkmc_flags_format
	b	lkmc_say_more		/* r3, r2 */

	.type	lkmc_memeq, %function
lkmc_memeq:
	lkmc_enter
	push	{r4, r5, r6, r7}
	ldr	r1, [r0, #8]
	ldr	r2, [r0, #12]
	ldr	r4, [r0, #16]
	mov	r5, #0
1:	cmp	r5, r4
	beq	2f
	ldrb	r6, [r1, r5]
	ldrb	r7, [r2, r5]
	cmp	r6, r7
	bne	3f
	add	r5, r5, #1
	b	1b
2:	pop	{r4, r5, r6, r7}
	lkmc_leave
3:	bic	sp, sp, #7
	sub	sp, sp, #16
	str	r5, [sp]
	ldr	r1, [r0, #4]
	str	r1, [sp, #4]
	str	r6, [sp, #8]
	str	r7, [sp, #12]
	lkmc_address r4, lkmc_memeq_format
	b	lkmc_say

	.type	lkmc_fail, %function
lkmc_fail:
	mov	r0, ip
	ldr	r3, [r0, #4]
	lkmc_address r4, lkmc_fail_format
	/* Falls through. */

/* r0: the record; r4: the format; r3, r2, r1: what follows the line. */
	.type	lkmc_say_more, %function
lkmc_say_more:
	bic	sp, sp, #7
	sub	sp, sp, #16
	str	r3, [sp]
	str	r2, [sp, #4]
	str	r1, [sp, #8]
	/* Falls through. */

/* The same, and what follows the line is on the stack. */
	.type	lkmc_say, %function
lkmc_say:
	mov	r1, r4
	lkmc_address r2, lkmc_file
	ldr	r3, [r0]
	mov	r0, #2
	bl	dprintf
	mov	r0, #1
	bl	exit
	.popsection
