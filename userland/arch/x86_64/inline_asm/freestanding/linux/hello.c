// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello in C without a libc.
 *
 * _start is no function that anybody has called: nothing may return from it, and the stack is not aligned as after a call. The
 * attribute `naked` leaves out what a compiler puts around a function, and all it may do then is to call one that is. SYSCALL
 * destroys RCX and R11, which the compiler has to know; "memory" says that it reads what pointers lead to.
 *
 * ../../../freestanding/linux/hello.S is the same in assembly. GCC manual, "x86 Function Attributes".
 *
 * [lkmc]
 * cflags = ["-ffreestanding"]
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */
#include <asm/unistd.h>
#include <stddef.h>

static long system_call(long number, long first, long second, long third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

static const char text[] = "hello\n";

__attribute__((used, noreturn)) static void start(void)
{
	const long size = sizeof(text) - 1;
	const long written = system_call(__NR_write, 1, (long)text, size);

	system_call(__NR_exit, written != size, 0, 0);
	__builtin_unreachable();
}

__attribute__((naked, noreturn)) void _start(void)
{
	__asm__("call start");
}
