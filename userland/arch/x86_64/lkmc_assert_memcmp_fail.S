/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See a check of memory fail.
 *
 * ASSERT_MEMEQ compares bytes at two labels: it is how the programs here check vectors, which they store first. It names the
 * first byte that differs.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./lkmc_assert_memcmp_fail"
 * status = 1
 * stderr = "userland/arch/x86_64/lkmc_assert_memcmp_fail.S:{dec}: byte 9 of found is 0x2, not 0x3\n"
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	movups	expected(%rip), %xmm0
	paddb	difference(%rip), %xmm0
	movups	%xmm0, found(%rip)
	ASSERT_MEMEQ(found, expected, 9)
	ASSERT_MEMEQ(found, expected, 16)
	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
difference:
	.quad	0, 0xff00
expected:
	.quad	0x1111111111111111, 0x2222222222220300

	.bss
	.balign	16
found:	.skip	16
