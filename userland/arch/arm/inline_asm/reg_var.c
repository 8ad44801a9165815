// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Put operands into registers of one's choice: a system call without the C library.
 *
 * A local variable declared with `register` and a register's name is in that register where it is an operand of an asm statement;
 * elsewhere the compiler may put it where it likes. So nothing must stand between the assignments and the statement that could
 * need these registers.
 *
 * r7, where Linux wants the number of the call, is the frame pointer of T32 code. A compiler that needs one refuses it, hence
 * -fomit-frame-pointer.
 *
 * GCC manual, "Specifying Registers for Local Variables"; syscall(2).
 *
 * [lkmc]
 * cflags = ["-fomit-frame-pointer"]
 *
 * [[lkmc.run]]
 * guest = "./reg_var"
 * stdout = "hello\n"
 * [/lkmc]
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

static long system_call(long number, long first, const void *second, size_t third)
{
	register long r7 __asm__("r7") = number;
	register long r0 __asm__("r0") = first;
	register const void *r1 __asm__("r1") = second;
	register size_t r2 __asm__("r2") = third;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
	return r0;
}

int main(void)
{
	assert(system_call(SYS_write, 1, "hello\n", 6) == 6);
	/* The C library would make errno and -1 of this. */
	assert(system_call(SYS_write, -1, "hello\n", 6) == -EBADF);
	return 0;
}
