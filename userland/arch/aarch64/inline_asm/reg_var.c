// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Put operands into registers of one's choice: a system call without the C library.
 *
 * No constraint of AArch64 means one certain register, as "a" means RAX on x86. A local variable declared with `register` and a
 * register's name is in that register where it is an operand of an asm statement; elsewhere the compiler may put it where it
 * likes, so nothing must stand between the assignments and the statement that could need these registers: a call of a function,
 * for example.
 *
 * A system call of Linux has its number in x8 and its arguments in x0 to x5. The result is in x0, an error as a negative number.
 * The kernel keeps all other registers. It reads and writes memory, hence "memory".
 *
 * GCC manual, "Specifying Registers for Local Variables"; syscall(2).
 *
 * [lkmc]
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
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = first;
	register const void *x1 __asm__("x1") = second;
	register size_t x2 __asm__("x2") = third;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
	return x0;
}

int main(void)
{
	assert(system_call(SYS_write, 1, "hello\n", 6) == 6);
	/* The C library would make errno and -1 of this. */
	assert(system_call(SYS_write, -1, "hello\n", 6) == -EBADF);
	return 0;
}
