// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello from C without a C library.
 *
 * A program that defines _start is linked alone. There is no caller to return to: the stack begins with argc, and whoever
 * returned from here would take that for an address. No function of the library is there, but the compiler may still call
 * memcpy() for an assignment, or need libgcc for what the processor lacks; here it does neither.
 *
 * An operand in memory ("m") tells the compiler what exactly the kernel reads; "memory" would say that it may be anything.
 *
 * syscall(2); GCC manual, "Extended Asm".
 *
 * [lkmc]
 * cflags = ["-ffreestanding"]
 *
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */

#define SYS_WRITE 64
#define SYS_EXIT 93

_Noreturn void _start(void)
{
	static const char text[] = "hello\n";
	register long x0 __asm__("x0") = 1;
	register const char *x1 __asm__("x1") = text;
	register long x2 __asm__("x2") = sizeof(text) - 1;
	register long x8 __asm__("x8") = SYS_WRITE;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x8), "m"(text));
	x0 = x0 != sizeof(text) - 1;
	x8 = SYS_EXIT;
	__asm__ volatile("svc #0" : : "r"(x0), "r"(x8));
	__builtin_unreachable();
}
