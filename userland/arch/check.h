/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What assert() is to C, for programs in assembly.
 *
 *	ASSERT_EQ(%rax, 3)		a general register has this constant value; the names are the architecture's: x0, r0
 *	ASSERT_FLAGS(oszapC)		of the flags named, those with a capital letter are set, the others clear;
 *					x86_64: o s z a p c, aarch64: n z c v, arm: n z c v q
 *	ASSERT_COND(e)			the condition of a jump holds: e, ne, b ... on x86_64, eq, ne, lo ... on Arm
 *	ASSERT_MEMEQ(sum, expected, 16)	the 16 bytes at two labels are the same: for vectors, which are stored first
 *	FAIL("not reached")		is never executed
 *
 * A check that does not hold says on standard error where it stands and what the two values are, and exits with status 1. One
 * that holds changes no flag and, on x86_64, no register; on Arm it changes the two that every call may change, x16 and x30, or ip
 * and lr: so main() has to keep its return address. A register is compared as a whole: name the 64-bit one on 64-bit machines. On
 * x86_64 8 bytes of memory will do as well: ASSERT_EQ(x(%rip), 3), ASSERT_EQ((%rsp), 3).
 *
 * Each check is a record and a call, and what is called uses the stack. The stack pointer does not move before the call, so that
 * GDB's `next` can step over it. A libc is needed, so that programs that define _start have to do without; and there can be one
 * thread only.
 */
#ifndef LKMC_CHECK_H
#define LKMC_CHECK_H

#define ASSERT_EQ(value, constant) lkmc_record_eq #value, LKMC_TEXT(constant), __LINE__; lkmc_check_eq LKMC_TEXT(value)
#define ASSERT_FLAGS(letters) lkmc_record_flags #letters, __LINE__; lkmc_check lkmc_flags
#define ASSERT_MEMEQ(label, expected, size) lkmc_record_memeq label, expected, size, __LINE__; lkmc_check lkmc_memeq
#define ASSERT_COND(condition) lkmc_record_cond condition, __LINE__; lkmc_check_cond condition
#define FAIL(text) lkmc_record_fail text, __LINE__; lkmc_check lkmc_fail

/* In quotes the assembler's macros take anything for one argument. */
#define LKMC_TEXT(text) LKMC_TEXT_(text)
#define LKMC_TEXT_(text) #text

#ifdef __arm__
#define LKMC_WORD .long
	.syntax unified
	.arm
#else
#define LKMC_WORD .quad
#endif

/* Every record stands at the label 9999 and begins with its line. */
	.macro lkmc_record line
	.pushsection .data
	.balign	8
9999:	LKMC_WORD \line
	.endm

	.macro lkmc_record_eq text, constant, line
	lkmc_record \line
	LKMC_WORD 9998f
	LKMC_WORD \constant
	LKMC_WORD 0			/* the value */
9998:	.asciz	"\text"
	.popsection
	.endm

	.macro lkmc_record_memeq label, expected, size, line
	lkmc_record \line
	LKMC_WORD 9998f
	LKMC_WORD \label
	LKMC_WORD \expected
	LKMC_WORD \size
9998:	.asciz	"\label"
	.popsection
	.endm

	.macro lkmc_record_fail text, line
	lkmc_record \line
	LKMC_WORD 9998f
9998:	.asciz	"\text"
	.popsection
	.endm

	.macro lkmc_record_cond condition, line
	lkmc_record_fail "the condition \condition does not hold", \line
	.endm

/* The mask and the value of the flags; then, to show what they are, the bit of each letter. */
	.macro lkmc_record_flags letters, line
	lkmc_record \line
	LKMC_WORD 9998f
	.set	lkmc_mask, 0
	.set	lkmc_value, 0
	.irpc	letter, \letters
	lkmc_letter \letter
	.endr
	LKMC_WORD lkmc_mask
	LKMC_WORD lkmc_value
	.irpc	letter, \letters
	lkmc_letter \letter
	LKMC_WORD lkmc_bit
	.endr
9998:	.asciz	"\letters"
	.popsection
	.endm

	.macro lkmc_letter letter
	.set	lkmc_bit, 0
	lkmc_each_flag \letter
	.if	lkmc_bit == 0
	.error	"no flag is called \letter"
	.endif
	.endm

	.macro lkmc_flag letter, small, capital, bit
	.ifc	\letter, \capital
	.set	lkmc_value, lkmc_value | \bit
	.set	lkmc_bit, \bit
	.endif
	.ifc	\letter, \small
	.set	lkmc_bit, \bit
	.endif
	.set	lkmc_mask, lkmc_mask | lkmc_bit
	.endm

	.pushsection .rodata
lkmc_file:
	.asciz	__BASE_FILE__
lkmc_eq_format:
#ifdef __arm__
	.asciz	"%s:%d: %s is %#x, not %#x\n"
#else
	.asciz	"%s:%d: %s is %#lx, not %#lx\n"
#endif
lkmc_flags_format:
	.asciz	"%s:%d: the flags are %s, not %s\n"
lkmc_memeq_format:
	.asciz	"%s:%d: byte %d of %s is %#x, not %#x\n"
lkmc_fail_format:
	.asciz	"%s:%d: %s\n"
	.popsection

	.pushsection .bss
lkmc_letters:
	.skip	8
	.popsection

#if defined(__x86_64__)
#include "check/x86_64.h"
#elif defined(__aarch64__)
#include "check/aarch64.h"
#elif defined(__arm__)
#include "check/arm.h"
#else
#error "there are no checks for this architecture"
#endif

#endif
