/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make system calls as 32-bit programs do, by an interrupt, and learn that not every kernel has them.
 *
 * INT 0x80 takes the number in EAX and the arguments in EBX, ECX, EDX, ESI, EDI, EBP. A 64-bit program can use it, too, but the
 * kernel takes everything for 32 bits: the numbers are those of 32-bit x86 (4 is write(2), 1 exit(2)), and addresses must lie
 * below 4 GiB, as those of this program do. SYSCALL (hello.S) is shorter and much faster.
 *
 * It works where the kernel was configured with IA32_EMULATION, as those of distributions are: `lkmc demo debug --in native`
 * says hello. Elsewhere interrupt 0x80 is none that a program may raise, and the processor refuses it: SIGSEGV. That is what
 * the run here expects.
 *
 * syscall(2); arch/x86/entry/syscalls/syscall_32.tbl and do_int80_emulation() in the kernel; Intel SDM volume 2A, "INT n".
 *
 * [lkmc]
 * kconfig = ["IA32_EMULATION=n"]
 * [[lkmc.run]]
 * guest = "./int_system_call"
 * status = 139
 * dmesg = ["traps: int_system_call[{dec}] general protection fault ip:{hex} sp:{hex} error:{hex} in int_system_call[{any}]"]
 * [/lkmc]
 */
#define WRITE 4
#define EXIT 1

	.text
	.globl	_start
	.type	_start, @function
_start:
	mov	$WRITE, %eax
	mov	$1, %ebx		/* standard output */
	mov	$text, %ecx
	mov	$size, %edx
	int	$0x80

	/* The result is in EAX: the number of bytes, and the status if that is not right. */
	mov	%eax, %ebx
	sub	$size, %ebx
	mov	$EXIT, %eax
	int	$0x80

	.section .rodata
text:	.ascii	"hello\n"
	.set	size, . - text
