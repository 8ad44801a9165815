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
 * stderr = "userland/arch/arm/lkmc_assert_eq_fail.S:{dec}: r0 is 0x2, not 0x3\n"
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, %function
main:
	push	{r4, lr}

	mov	r0, #1
	add	r0, r0, #1
	ASSERT_EQ(r0, 3)

	mov	r0, #0
	pop	{r4, pc}
