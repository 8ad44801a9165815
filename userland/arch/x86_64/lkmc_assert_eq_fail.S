/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See a check fail.
 *
 * ASSERT_EQ and its like (userland/arch/check.h) are what the other programs here check themselves with. One that does not hold
 * says where it stands, what it found and what it expected, and ends the program with status 1.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./lkmc_assert_eq_fail"
 * status = 1
 * stderr = "userland/arch/x86_64/lkmc_assert_eq_fail.S:{dec}: %rax is 0x3, not 0x4\n"
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	mov	$1, %rax
	add	$2, %rax
	ASSERT_EQ(%rax, 4)
	xor	%eax, %eax
	ret
