/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Multiply and add with one rounding.
 *
 * In VFMADD132PD the numbers say which operands are multiplied: the first and the third, and the second is added. The operands
 * are numbered as in the manual, the result first, which is the reverse of AT&T's order: `vfmadd132pd c, b, a` is a = a * c +
 * b. The names with v work on YMM registers of 32 bytes as well. As the product is not rounded before the sum, the result can
 * differ from that of two instructions: that is why a compiler does it only when it is allowed to.
 *
 * Whether it can be used three parties decide: the processor has FMA and OSXSAVE (CPUID leaf 1, bits 12 and 27 of ECX), and the
 * kernel keeps the long registers when it switches tasks (bits 1 and 2 of XCR0, which XGETBV reads).
 *
 * Intel SDM volume 2C, "VFMADD132PD/VFMADD213PD/VFMADD231PD"; volume 1, "Detection of FMA"; AMD APM volume 6.
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#include "../check.h"

#define FMA_AND_OSXSAVE (1 << 12 | 1 << 27)
#define LONG_REGISTERS (1 << 1 | 1 << 2)

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx
	mov	$1, %eax
	cpuid
	and	$FMA_AND_OSXSAVE, %ecx
	cmp	$FMA_AND_OSXSAVE, %ecx
	jne	absent
	xor	%ecx, %ecx
	xgetbv
	and	$LONG_REGISTERS, %eax
	cmp	$LONG_REGISTERS, %eax
	jne	absent

	/* Two doubles: {2, 3} * {5, 7} + {11, 13}. */
	vmovapd	a(%rip), %xmm0
	vmovapd	b(%rip), %xmm1
	vfmadd132pd c(%rip), %xmm1, %xmm0
	vmovapd	%xmm0, result(%rip)
	ASSERT_MEMEQ(result, expected, 16)

	/* (1 + 2^-52) * (1 - 2^-52) - 1 is -2^-104; the product alone is rounded to 1. */
	vmovsd	above_one(%rip), %xmm0
	vmovsd	minus_one(%rip), %xmm1
	vmulsd	below_one(%rip), %xmm0, %xmm2
	vaddsd	%xmm1, %xmm2, %xmm2
	vmovq	%xmm2, %rax
	ASSERT_EQ(%rax, 0)
	vfmadd132sd below_one(%rip), %xmm1, %xmm0
	vmovq	%xmm0, %rax
	ASSERT_EQ(%rax, 1 << 63 | (1023 - 104) << 52)
	pop	%rbx
	xor	%eax, %eax
	ret

absent:
	FAIL("FMA cannot be used here")

	.section .rodata
	.balign	16
a:	.double	2, 3
b:	.double	11, 13
c:	.double	5, 7
expected:
	.double	21, 34
above_one:
	.quad	0x3ff0000000000001
below_one:
	.quad	0x3feffffffffffffe
minus_one:
	.double	-1

	.bss
	.balign	16
result:	.skip	16
