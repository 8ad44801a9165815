/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jump on a condition: every condition, taken and not taken.
 *
 * There are sixteen, eight flags or combinations of flags and their opposites, and many have two names: e is z, b is c and nae.
 * For unsigned numbers: b, ae, be, a. For signed ones: l, ge, le, g. Flags alone: e, ne, s, ns, o, no, p, np. JRCXZ asks for
 * RCX instead.
 *
 * Intel SDM volume 2A, "Jcc"; volume 1, appendix B, "EFLAGS Condition Codes"; AMD APM volume 3, "Jcc".
 */
#include "../check.h"

/* After a comparison of two numbers the first condition holds and the second does not. */
	.macro	compare first, second, holds, not
	mov	$\first, %rax
	cmp	$\second, %rax
	j\holds	1f
	FAIL("\first compared with \second: j\holds does not jump")
1:	j\not	2f
	jmp	3f
2:	FAIL("\first compared with \second: j\not jumps")
3:
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	compare	5, 5, e, ne
	compare	5, 6, ne, e

	/* As unsigned numbers -1 is the largest. */
	compare	5, 6, b, ae
	compare	-1, 6, ae, b
	compare	5, 5, be, a
	compare	-1, 6, a, be

	/* As signed ones it is less than 6. */
	compare	-1, 6, l, ge
	compare	5, 5, ge, l
	compare	5, 5, le, g
	compare	6, -1, g, le

	/* Sign, overflow, parity of the lowest byte of the difference. */
	compare	-1, 6, s, ns
	compare	6, -1, ns, s
	compare	0x7fffffffffffffff, -1, o, no
	compare	6, -1, no, o
	compare	8, 5, p, np		/* 0b11: an even number of ones */
	compare	9, 5, np, p		/* 0b100 has one */
	xor	%eax, %eax
	ret
