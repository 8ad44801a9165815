// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Try to read a control register as a program, and report the signal that comes of it.
 *
 * Companion of kernel_modules/ring0.c, which does the same in the kernel and gets an answer.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf back;

static void on_signal(int number)
{
	siglongjmp(back, number);
}

int main(void)
{
	unsigned long value = 0;
	int number;
#if defined(__x86_64__)
	const char *name = "cr0";
#elif defined(__aarch64__)
	const char *name = "sctlr_el1";
#elif defined(__riscv)
	const char *name = "sstatus";
#else
	const char *name = "sctlr";
#endif

	signal(SIGSEGV, on_signal);
	signal(SIGILL, on_signal);
	number = sigsetjmp(back, 1);
	if (number) {
		printf("%s: signal %d\n", name, number);
		return 0;
	}
#if defined(__x86_64__)
	__asm__ volatile("mov %%cr0, %0" : "=r"(value));
#elif defined(__aarch64__)
	__asm__ volatile("mrs %0, sctlr_el1" : "=r"(value));
#elif defined(__riscv)
	__asm__ volatile("csrr %0, sstatus" : "=r"(value));
#else
	__asm__ volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(value));
#endif
	printf("%s = 0x%lx\n", name, value);
	return 1;
}
