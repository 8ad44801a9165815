/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Place data, in all sizes that the assembler has words for.
 *
 * .byte 1, .short and .value 2, .long and .int 4, .quad 8, .octa 16 bytes; .float 4, .double 8, .tfloat 10. .word is 2 bytes on
 * x86 and 4 on Arm, so it is better avoided. Values that do not fit are cut off, with a warning. The lowest byte comes first in
 * memory.
 *
 * GNU as manual, "Pseudo Ops". On Arm: ../arm/gas_data_sizes.S, ../aarch64/gas_data_sizes.S.
 */
#include "../check.h"

	/* A directive and the number of bytes that it places. */
	.macro	size directive, expected
	.pushsection .rodata
1:	\directive 1
2:
	.popsection
	mov	$2b - 1b, %eax
	ASSERT_EQ(%rax, \expected)
	.endm

	.text
	.globl	main
	.type	main, @function
main:
	size	.byte, 1
	size	.word, 2
	size	.value, 2
	size	.short, 2
	size	.long, 4
	size	.int, 4
	size	.quad, 8
	size	.octa, 16
	size	.float, 4
	size	.double, 8
	size	.tfloat, 10

	/* What follows what: 1, 2, 3 as 1, 2 and 4 bytes. */
	mov	mixed(%rip), %rax
	shl	$8, %rax			/* seven of eight */
	ASSERT_EQ(%rax, 0x0000000300020100)

	/* .ascii has no zero at the end, .asciz has; .skip leaves room, .fill repeats. */
	mov	$end - text, %eax
	ASSERT_EQ(%rax, 5 + 6 + 3 + 2 * 4)

	xor	%eax, %eax
	ret

	.section .rodata
mixed:	.byte	1
	.short	2
	.long	3
	.byte	0xff
text:	.ascii	"hello"
	.asciz	"hello"
	.skip	3
	.fill	2, 4, 7
end:
