/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See a comparison of memory fail: where it stands, and the first byte that differs.
 *
 * The checks are in userland/arch/check.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./lkmc_assert_memcmp_fail"
 * status = 1
 * stderr = "userland/arch/aarch64/lkmc_assert_memcmp_fail.S:{dec}: byte 8 of found is 0x3, not 0x5\n"
 * [/lkmc]
 */
#include "../check.h"

	.data
found:
	.word	1, 2, 3, 4
expected:
	.word	1, 2, 5, 4

	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-16]!

	ASSERT_MEMEQ(found, expected, 8)
	ASSERT_MEMEQ(found, expected, 16)

	mov	w0, #0
	ldp	x29, x30, [sp], #16
	ret
