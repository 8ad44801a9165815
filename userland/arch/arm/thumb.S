/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go over to T32 (Thumb), the other instruction set of the same processor, and back.
 *
 * T32 instructions have 16 or 32 bits, which makes programs smaller by a quarter or so; the registers and what the instructions
 * do are the same. The lowest bit of an address in a BX or BLX says which set is meant; a `.thumb_func` symbol has it set. The
 * bit T in CPSR, which a program cannot see in APSR, says which one is on. Debian's compiler for armhf makes T32, and libraries
 * are T32.
 *
 * In the 16-bit forms most instructions always set the flags, so they are written with an S; conditional execution is by IT ("if
 * then"), for one to four instructions that follow.
 *
 * Arm ARM DDI 0406, A2.5.1, "Instruction set state register, ISETSTATE"; A8.8, "BX", "IT"; A6.1, "Thumb instruction set
 * encoding".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	/* BLX to a label changes the set. */
	mov	r0, #40
	blx	add_two
	ASSERT_EQ(r0, 42)

	/* BLX to a register does if the lowest bit is set, which it is in the address of a .thumb_func. */
	ldr	r1, =add_two
	and	r2, r1, #1
	ASSERT_EQ(r2, 1)
	mov	r0, #1
	blx	r1
	ASSERT_EQ(r0, 3)

	/* 16-bit instructions and one of 32 bits: 10 bytes for all four. */
	ldr	r0, =sizes_end
	ldr	r1, =sizes
	sub	r0, r0, r1
	ASSERT_EQ(r0, 10)

	/* pc is 4 bytes ahead there, not 8. */
	blx	where
	ldr	r1, =where
	sub	r1, r0, r1
	ASSERT_EQ(r1, 3)		/* 4, less the lowest bit of the symbol */

	/* If then else. */
	mov	r0, #-5
	blx	absolute
	ASSERT_EQ(r0, 5)
	b	1f

	.thumb
	.thumb_func
add_two:
	adds	r0, #2
	bx	lr

	.balign	4
	.thumb_func
where:
	mov	r0, pc
	bx	lr

	.thumb_func
absolute:
	cmp	r0, #0
	ite	lt
	rsblt	r0, r0, #0
	movge	r0, r0
	bx	lr

sizes:
	adds	r0, r0, r1		/* 16 bits */
	movs	r0, #255		/* 16 bits */
	nop				/* 16 bits */
	add	r0, r0, #1000		/* 32 bits */
sizes_end:
	.arm
1:

	mov	r0, #0
	pop	{r4, pc}
