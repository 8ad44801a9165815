/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Add vectors of floating-point numbers.
 *
 * The last two letters say of what: ps four floats, pd two doubles, ss and sd the lowest one alone. Each element is added for
 * itself. The second operand may be memory, which has to be aligned to 16 bytes.
 *
 * Intel SDM volume 2A, "ADDPS", "ADDPD", "ADDSS", "ADDSD"; AMD APM volume 4, the same. Integers: paddq.S; from C:
 * intrinsics/addpd.c.
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	movaps	floats(%rip), %xmm0
	addps	more_floats(%rip), %xmm0
	movaps	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, sum_of_floats, 16)

	movaps	doubles(%rip), %xmm0
	movaps	more_doubles(%rip), %xmm1
	addpd	%xmm1, %xmm0
	movaps	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, sum_of_doubles, 16)

	/* The lower one; the upper one is as before. */
	movaps	doubles(%rip), %xmm0
	addsd	%xmm1, %xmm0
	movaps	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, sum_of_lower, 16)

	xor	%eax, %eax
	ret

	.section .rodata
	.balign	16
floats:	.float	1.5, 2.5, 3.5, 4.5
more_floats:
	.float	5.5, 6.5, 7.5, 8.5
sum_of_floats:
	.float	7, 9, 11, 13
doubles:
	.double	1.5, 2.5
more_doubles:
	.double	5.5, 6.5
sum_of_doubles:
	.double	7, 9
sum_of_lower:
	.double	7, 2.5

	.bss
	.balign	16
result:	.skip	16
