/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Write to every register that a program has.
 *
 * 31 general registers x0 to x30 of 64 bits, whose lower halves are w0 to w30; SP; 32 registers of 128 bits for floating point
 * and SIMD, v0 to v31, whose lower parts are q (all 128 bits), d (64), s (32), h (16) and b (8). Unlike on 32-bit Arm d1 is not
 * the upper half of q0, but the lower one of v1. A write to a part clears the rest of the register. The flags are in NZCV,
 * rounding and exceptions of floating point in FPCR and FPSR, a value for each thread in TPIDR_EL0.
 *
 * By convention (AAPCS64, "Machine Registers") x29 is the frame pointer, x30 the return address, x18 the platform's: Linux
 * programs may use it. x16 and x17 can be changed by any BL, on the way through a stub of the linker.
 *
 * In GDB: `lkmc demo debug userland/arch/aarch64/registers.S`, then `info registers` and `info registers v0`.
 *
 * Arm ARM DDI 0487, B1.2, "Registers in AArch64 Execution state".
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	/* What belongs to the caller is kept. */
	stp	x19, x20, [sp, #-96]!
	stp	x21, x22, [sp, #16]
	stp	x23, x24, [sp, #32]
	stp	x25, x26, [sp, #48]
	stp	x27, x28, [sp, #64]
	stp	x29, x30, [sp, #80]

	/* 0 + 1 + ... + 30 = 465. */
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, #\n
	.endr
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	add	x0, x0, x\n
	.endr
	ldp	x29, x30, [sp, #80]
	ldp	x27, x28, [sp, #64]
	ldp	x25, x26, [sp, #48]
	ldp	x23, x24, [sp, #32]
	ldp	x21, x22, [sp, #16]
	ldp	x19, x20, [sp], #96
	ASSERT_EQ(x0, 465)

	/* W: the lower half. A write to it clears the upper one. */
	ldr	x0, =0x1122334455667788
	mov	w1, w0
	ASSERT_EQ(x1, 0x55667788)

	/* V: a write to s0 clears the 96 bits above it. */
	movi	v0.2d, #0xffffffffffffffff
	mov	w0, #1
	fmov	s0, w0
	umov	x1, v0.d[0]
	umov	x2, v0.d[1]
	ASSERT_EQ(x1, 1)
	ASSERT_EQ(x2, 0)

	/* A write to one element of a vector does not. */
	movi	v0.2d, #0xffffffffffffffff
	mov	w0, #1
	mov	v0.s[0], w0
	umov	x1, v0.d[0]
	ASSERT_EQ(x1, 0xffffffff00000001)

	/* The flags: N, Z, C, V are bits 31 to 28, all others are zero. */
	mov	x0, #0xa0000000
	msr	nzcv, x0
	ASSERT_FLAGS(NzCv)
	mov	x0, #-1
	msr	nzcv, x0
	mrs	x1, nzcv
	ASSERT_EQ(x1, 0xf0000000)

	/* Rounding to nearest is mode 0 of FPCR, bits 22 and 23: what a program begins with. */
	mrs	x0, fpcr
	ubfx	x0, x0, #22, #2
	ASSERT_EQ(x0, 0)

	/* The C library keeps the thread's own variables where TPIDR_EL0 says: it is not zero. */
	mrs	x0, tpidr_el0
	cmp	x0, #0
	ASSERT_COND(ne)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
