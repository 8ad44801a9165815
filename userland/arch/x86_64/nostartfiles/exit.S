/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Have a libc, but not what it starts with.
 *
 * What is at _start in an ordinary program comes from the libc (crt1.o): it prepares the libc and calls main(). -nostartfiles
 * leaves that out and keeps the libc itself. As nobody has prepared it, there is little that works: _exit(2) does, printf()
 * would not. The stack is as the kernel has made it: the number of arguments on top, and no return address.
 *
 * gcc(1), "-nostartfiles", "-nostdlib"; System V ABI for AMD64, 3.4.1, "Initial Stack and Register State".
 *
 * [lkmc]
 * cflags = ["-nostartfiles"]
 * [[lkmc.run]]
 * guest = "./exit one two"
 * status = 3
 * [/lkmc]
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	mov	(%rsp), %rdi		/* the program's name is the first argument */
	call	_exit
