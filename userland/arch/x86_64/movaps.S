/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copy 16 bytes at once, at an address that is a multiple of 16.
 *
 * The registers XMM0 to XMM15 hold 16 bytes, which instructions take for 4 floats, 2 doubles, or integers of any size. MOVAPS
 * wants memory to be aligned, and raises a general protection exception if it is not: the reason why the stack has to be a
 * multiple of 16 before a call (push.S). MOVUPS takes any address: movups.S.
 *
 * Intel SDM volume 2B, "MOVAPS"; AMD APM volume 4, "MOVAPS". By the ABI all XMM registers may be changed by a function.
 */
#include "../check.h"

#define SIGSEGV 11

	.text
	.globl	main
	.type	main, @function
main:
	sub	$8, %rsp
	movaps	vector(%rip), %xmm0
	movaps	%xmm0, %xmm1
	movaps	%xmm1, copy(%rip)
	ASSERT_MEMEQ(copy, vector, 16)

	/* One byte further. The handler leads out of it. */
	mov	$SIGSEGV, %edi
	mov	$handler, %esi
	call	signal
	mov	$place, %edi
	mov	$1, %esi
	call	__sigsetjmp
	test	%eax, %eax
	jnz	1f
	movaps	vector+1(%rip), %xmm0
	FAIL("the address is odd")
1:
	xor	%eax, %eax
	add	$8, %rsp
	ret

	.type	handler, @function
handler:
	sub	$8, %rsp
	mov	$place, %edi
	mov	$1, %esi
	call	siglongjmp

	.section .rodata
	.balign	16
vector:	.float	1.5, 2.5, 3.5, 4.5
	.byte	0

	.bss
	.balign	16
copy:	.skip	16
place:	.skip	512			/* sigjmp_buf: 200 bytes in glibc */
