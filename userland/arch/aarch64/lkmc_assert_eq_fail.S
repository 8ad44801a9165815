/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See a check fail: where it stands, what was found, and what was expected.
 *
 * The checks are in userland/arch/check.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./lkmc_assert_eq_fail"
 * status = 1
 * stderr = "userland/arch/aarch64/lkmc_assert_eq_fail.S:{dec}: x0 is 0x2, not 0x3\n"
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	mov	x0, #1
	add	x0, x0, #1
	ASSERT_EQ(x0, 3)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
