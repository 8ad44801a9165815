/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fail, wherever it is run.
 *
 * FAIL (check.h) is for places that must not be reached. It ends the program from within any function.
 *
 * [lkmc]
 * arches = ["x86_64", "aarch64", "arm"]
 * [[lkmc.run]]
 * guest = "./lkmc_assert_fail"
 * status = 1
 * stderr = "userland/arch/lkmc_assert_fail.S:{dec}: this must not be reached\n"
 * [/lkmc]
 */
#include "check.h"

	.text
	.globl	main
	.type	main, %function
main:
	FAIL("this must not be reached")
