/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of ../check.h for x86_64.
 *
 * The flags are kept as LAHF and SETO have them, and not by PUSHF: that would also keep the trap flag of a debugger that steps.
 */

	.macro lkmc_each_flag letter
	lkmc_flag \letter, c, C, 0x0100
	lkmc_flag \letter, p, P, 0x0400
	lkmc_flag \letter, a, A, 0x1000
	lkmc_flag \letter, z, Z, 0x4000
	lkmc_flag \letter, s, S, 0x8000
	lkmc_flag \letter, o, O, 0x0001
	.endm

	.macro lkmc_check_eq value
	push	\value
	pop	9999b+24(%rip)
	lkmc_check lkmc_eq
	.endm

	.macro lkmc_check function
	movq	$9999b, lkmc_this(%rip)
	call	\function
	.endm

	.macro lkmc_check_cond condition
	j\condition 9997f
	lkmc_check lkmc_fail
9997:
	.endm

	.pushsection .bss
	.balign	8
lkmc_this:
	.skip	8
	.popsection

	.pushsection .text
/* Keep the flags and RAX, which then is the record. */
	.macro lkmc_enter
	push	%rax
	lahf
	seto	%al
	push	%rax
	mov	lkmc_this(%rip), %rax
	.endm

	.macro lkmc_leave
	pop	%rax
	add	$127, %al		/* overflows if there was an overflow */
	sahf
	pop	%rax
	ret
	.endm

	.type	lkmc_eq, @function
lkmc_eq:
	lkmc_enter
	push	%rbx
	mov	16(%rax), %rbx
	cmp	%rbx, 24(%rax)
	pop	%rbx
	jne	1f
	lkmc_leave
1:	mov	%rax, %rbx
	mov	8(%rbx), %r8
	mov	24(%rbx), %r9
	mov	$lkmc_eq_format, %esi
	and	$-16, %rsp
	push	%rax
	push	16(%rbx)
	jmp	lkmc_say

	.type	lkmc_flags, @function
lkmc_flags:
	lkmc_enter
	push	%rbx
	movzwl	8(%rsp), %ebx
	and	16(%rax), %ebx
	cmp	%ebx, 24(%rax)
	pop	%rbx
	jne	1f
	lkmc_leave
1:	mov	%rax, %rbx
	mov	(%rsp), %rax
	xor	%ecx, %ecx
	mov	8(%rbx), %rdx
2:	mov	(%rdx,%rcx), %r8b
	test	%r8b, %r8b
	jz	3f
	or	$0x20, %r8b
	test	%eax, 32(%rbx,%rcx,8)
	jz	4f
	and	$~0x20, %r8b
4:	mov	%r8b, lkmc_letters(%rcx)
	inc	%ecx
	jmp	2b
3:	mov	$lkmc_letters, %r8d
	mov	%rdx, %r9
	mov	$lkmc_flags_format, %esi
	jmp	lkmc_say

	.type	lkmc_memeq, @function
lkmc_memeq:
	lkmc_enter
	push	%rbx
	push	%rcx
	push	%rdx
	push	%rsi
	mov	16(%rax), %rdx
	mov	24(%rax), %rsi
	xor	%ecx, %ecx
1:	cmp	32(%rax), %rcx
	je	2f
	mov	(%rdx,%rcx), %bl
	cmp	(%rsi,%rcx), %bl
	jne	3f
	inc	%rcx
	jmp	1b
2:	pop	%rsi
	pop	%rdx
	pop	%rcx
	pop	%rbx
	lkmc_leave
3:	mov	%rax, %rbx
	movzbl	(%rdx,%rcx), %eax
	movzbl	(%rsi,%rcx), %edx
	mov	%rcx, %r8
	mov	8(%rbx), %r9
	mov	$lkmc_memeq_format, %esi
	and	$-16, %rsp
	push	%rdx
	push	%rax
	jmp	lkmc_say

	.type	lkmc_fail, @function
lkmc_fail:
	mov	lkmc_this(%rip), %rbx
	mov	8(%rbx), %r8
	mov	$lkmc_fail_format, %esi
	/* Falls through. */

/* RSI: the format; R8, R9 and the stack: what follows the line; RBX: the record. */
	.type	lkmc_say, @function
lkmc_say:
	and	$-16, %rsp
	cld
	mov	$2, %edi
	mov	$lkmc_file, %edx
	mov	(%rbx), %ecx
	xor	%eax, %eax
	call	dprintf
	mov	$1, %edi
	call	exit
	.popsection
