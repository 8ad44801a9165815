// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Known numbers in registers of every kind, for a debugger that reads and writes them.
 *
 * A piece of assembly puts an integer into a general register and 1.5 into a floating-point register, and adds 1 to the integer.
 * A debugger that stops between the two (the comments say where) finds the first, and what it writes there instead is what the
 * program goes on with.
 *
 * Sources: GDB manual, "Registers"; the architectures' calling conventions.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./registers"
 * stdout = "4661 1.500000\n"
 * [/lkmc]
 */
#include <stdio.h>

#if defined(__x86_64__)
#define LOAD "movq $0x1234, %%r12\n\tmovsd %2, %%xmm5\n"
#define STOP "\taddq $1, %%r12\n"
#define STORE "\tmovq %%r12, %0\n\tmovsd %%xmm5, %1"
#define CLOBBERED "r12", "xmm5"
#elif defined(__aarch64__)
#define LOAD "mov x20, #0x1234\n\tldr d5, %2\n"
#define STOP "\tadd x20, x20, #1\n"
#define STORE "\tstr x20, %0\n\tstr d5, %1"
#define CLOBBERED "x20", "d5"
#elif defined(__arm__)
#define LOAD "movw r6, #0x1234\n\tvldr d5, %2\n"
#define STOP "\tadd r6, r6, #1\n"
#define STORE "\tstr r6, %0\n\tvstr d5, %1"
#define CLOBBERED "r6", "d5"
#elif defined(__riscv)
#define LOAD "li s4, 0x1234\n\tfld fs5, %2\n"
#define STOP "\taddi s4, s4, 1\n"
#define STORE "\tsd s4, %0\n\tfsd fs5, %1"
#define CLOBBERED "s4", "fs5"
#else
#error "which registers are there?"
#endif

/* Where the numbers are in their registers. */
extern const char registers_loaded[];

int main(void)
{
	static volatile unsigned long integer;
	static volatile double real, number = 1.5;

	__asm__ volatile(LOAD
			 "\t.globl registers_loaded\nregisters_loaded:\n" /* gdb: *registers_loaded */
			 STOP STORE
			 : "=m"(integer), "=m"(real)
			 : "m"(number)
			 : CLOBBERED);
	printf("%lu %f\n", integer, real);
	return 0;
}
