// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello from C without a C library.
 *
 * A program that defines _start is linked alone, with libgcc, whose functions the compiler calls for what the processor lacks.
 * There is no caller to return to: the stack begins with argc.
 *
 * An operand in memory ("m") tells the compiler what exactly the kernel reads; "memory" would say that it may be anything.
 *
 * syscall(2); GCC manual, "Extended Asm".
 *
 * [lkmc]
 * cflags = ["-ffreestanding", "-fomit-frame-pointer"]
 *
 * [[lkmc.run]]
 * guest = "./hello"
 * stdout = "hello\n"
 * [/lkmc]
 */

#define SYS_EXIT 1
#define SYS_WRITE 4

_Noreturn void _start(void)
{
	static const char text[] = "hello\n";
	register long r0 __asm__("r0") = 1;
	register const char *r1 __asm__("r1") = text;
	register long r2 __asm__("r2") = sizeof(text) - 1;
	register long r7 __asm__("r7") = SYS_WRITE;

	__asm__ volatile("svc #0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r7), "m"(text));
	r0 = r0 != sizeof(text) - 1;
	r7 = SYS_EXIT;
	__asm__ volatile("svc #0" : : "r"(r0), "r"(r7));
	__builtin_unreachable();
}
