// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello in C without a libc, with variables that are registers.
 *
 * `register long number __asm__("rax")` is in RAX wherever it is an operand of an assembly statement, and only there is that
 * promised: a function that is called between its assignment and that statement may have changed the register. It is the only
 * way to name R8, R9 and R10, for which x86 has no constraint letters.
 *
 * GCC manual, "Local Register Variables". With constraints: hello.c.
 *
 * [lkmc]
 * cflags = ["-ffreestanding"]
 * [[lkmc.run]]
 * guest = "./hello_regvar"
 * stdout = "hello\n"
 * [/lkmc]
 */
#include <asm/unistd.h>

static const char text[] = "hello\n";

__attribute__((noreturn)) void _start(void)
{
	register long number __asm__("rax") = __NR_write;
	register long file __asm__("rdi") = 1;
	register const char *address __asm__("rsi") = text;
	register long size __asm__("rdx") = sizeof(text) - 1;

	__asm__ volatile("syscall" : "+r"(number) : "r"(file), "r"(address), "r"(size) : "rcx", "r11", "memory");

	/* The status: 0 if all has been written. */
	file = number - size;
	number = __NR_exit;
	__asm__ volatile("syscall" : "+r"(number) : "r"(file) : "rcx", "r11", "memory");
	__builtin_unreachable();
}
