// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read Arm's cycle counter in a program, and report whether it runs or what signal comes of it.
 *
 * Companion of kernel_modules/pmccntr.c, which allows it.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

static sigjmp_buf back;

static void on_signal(int number)
{
	siglongjmp(back, number);
}

static unsigned long now(void)
{
	unsigned long value;

#if defined(__aarch64__)
	__asm__ volatile("isb\n mrs %0, pmccntr_el0" : "=r"(value));
#else
	__asm__ volatile("isb\n mrc p15, 0, %0, c9, c13, 0" : "=r"(value));
#endif
	return value;
}

int main(void)
{
	unsigned long start;
	int number;

	signal(SIGILL, on_signal);
	number = sigsetjmp(back, 1);
	if (number) {
		printf("signal %d\n", number);
		return 0;
	}
	start = now();
	for (volatile int i = 0; i < 1000; i++)
		;
	printf("the counter %s\n", now() == start ? "stands still" : "runs");
	return 0;
}
