// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello without a C library, with registers that the string fills by itself.
 *
 * hello.c declares variables in registers. Here the string moves the operands to where the kernel expects them, and the list
 * behind the third colon names the registers that this overwrites, the "clobbers": the compiler puts no operand and no variable
 * of its own there. It costs a MOV for each operand. In hello.c the compiler puts them there in the first place.
 *
 * GCC manual, "Clobbers and Scratch Registers".
 *
 * [lkmc]
 * cflags = ["-ffreestanding"]
 *
 * [[lkmc.run]]
 * guest = "./hello_clobbers"
 * stdout = "hello\n"
 * [/lkmc]
 */

#define SYS_WRITE 64
#define SYS_EXIT 93

_Noreturn void _start(void)
{
	static const char text[] = "hello\n";

	__asm__ volatile("mov x0, #1\n\t"
			 "mov x1, %[text]\n\t"
			 "mov x2, %[length]\n\t"
			 "mov x8, %[write]\n\t"
			 "svc #0\n\t"
			 "sub x0, x0, %[length]\n\t"
			 "mov x8, %[exit]\n\t"
			 "svc #0"
			 :
			 : [text] "r"(text), [length] "I"(sizeof(text) - 1), [write] "I"(SYS_WRITE), [exit] "I"(SYS_EXIT), "m"(text)
			 : "x0", "x1", "x2", "x8", "cc");
	__builtin_unreachable();
}
