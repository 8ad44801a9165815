/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ASSERT_ST0(1.5): the top of the x87 unit's stack, rounded to a double, is this number.
 */
#include "../check.h"

#define ASSERT_ST0(number) lkmc_keep_st0 number; ASSERT_MEMEQ(st0, 9996b, 8)

	.macro	lkmc_keep_st0 number
	.pushsection .rodata
	.balign	8
9996:	.double	\number
	.popsection
	fstl	st0(%rip)
	.endm

	.pushsection .bss
	.balign	8
st0:	.skip	8
	.popsection
