/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The register number 31: the zero register for most instructions, the stack pointer for some.
 *
 * Each instruction has five bits for a register. The number 31 means XZR, which is zero when it is read and takes what is
 * written to it away, except where SP is wanted: the base of a load or store, ADD and SUB with a constant or an extended
 * register, the destination of AND, ORR and EOR with a constant. The name x31 does not exist; the assembler takes `xzr` or `sp`
 * and refuses the one that does not fit.
 *
 * Much is made of XZR: CMP is SUBS to it, MOV is ORR with it, NEG is SUB from it, MUL is MADD with it. Since ORR of
 * two registers knows no SP, `mov x0, sp` is another instruction than `mov x0, x1`: ADD of zero.
 *
 * Arm ARM DDI 0487, C1.2.5, "Register names".
 */
#include "../check.h"

	.data
	.balign	8
variable:
	.quad	-1

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* Read: zero. Write: nothing happens. */
	mov	x0, #1
	add	x0, x0, xzr
	ASSERT_EQ(x0, 1)
	mov	x0, #1
	add	xzr, x0, x0
	mov	x0, xzr
	ASSERT_EQ(x0, 0)

	/* Zero needs no register of its own to be stored. */
	adrp	x9, variable
	str	xzr, [x9, :lo12:variable]
	ldr	x0, [x9, :lo12:variable]
	ASSERT_EQ(x0, 0)

	/* Two names, one instruction: the words in memory are the same. */
	ASSERT_MEMEQ(move, orr, 4)
	ASSERT_MEMEQ(compare, subtract, 4)
	ASSERT_MEMEQ(move_sp, add_sp, 4)

	/* SP and XZR have the number 31 both: ADD of a constant reads SP, SUBS (shifted register) reads XZR. */
	add	x0, sp, #0
	mov	x1, sp
	sub	x0, x0, x1
	ASSERT_EQ(x0, 0)
	mov	x0, #5
	subs	x0, xzr, x0
	ASSERT_EQ(x0, -5)
	b	1f

move:	mov	x0, x1
orr:	orr	x0, xzr, x1
compare:
	cmp	x0, x1
subtract:
	subs	xzr, x0, x1
move_sp:
	mov	x0, sp
add_sp:	add	x0, sp, #0
1:

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
