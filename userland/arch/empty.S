/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do nothing, and succeed: the smallest main() of each architecture.
 *
 * The libc calls main() as any other function; what it returns, in the register that results are returned in, becomes the
 * status of the process. A file with the ending .S goes through C's preprocessor, which knows the architecture.
 *
 * The calling conventions are compared in userland/arch/README.md.
 */
	.text
	.globl	main
	.type	main, %function
main:
#if defined(__x86_64__)
	xor	%eax, %eax
	ret
#elif defined(__aarch64__)
	mov	w0, #0
	ret
#elif defined(__arm__)
	mov	r0, #0
	bx	lr
#elif defined(__riscv)
	li	a0, 0
	ret
#endif
