// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait for the generic timer.
 *
 * CNTV_TVAL_EL0 counts down at the rate of CNTVCT_EL0; when it reaches zero, ISTATUS in CNTV_CTL_EL0 becomes 1, and an interrupt
 * would come if it were not masked (Arm ARM DDI 0487, D11.2). Here nobody takes interrupts, so the program asks.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * before: 0
 * after 1000 ticks: 1
 * the counter went on by at least 1000: 1
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define TICKS 1000
#define ENABLE (1 << 0)
#define IMASK (1 << 1)
#define ISTATUS (1 << 2)

static uint64_t count(void)
{
	uint64_t value;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value));
	return value;
}

static int fired(void)
{
	uint64_t control;

	asm volatile("isb\n\tmrs %0, cntv_ctl_el0" : "=r"(control));
	return (control & ISTATUS) != 0;
}

int main(void)
{
	uint64_t start;
	int before;

	/* Far away, so that a slow host does not let it pass. */
	asm volatile("msr cntv_tval_el0, %0" : : "r"((uint64_t)INT32_MAX));
	asm volatile("msr cntv_ctl_el0, %0" : : "r"((uint64_t)(ENABLE | IMASK)));
	before = fired();
	start = count();
	asm volatile("msr cntv_tval_el0, %0" : : "r"((uint64_t)TICKS));
	while (!fired())
		;
	printf("before: %d\n", before);
	printf("after %d ticks: %d\n", TICKS, fired());
	printf("the counter went on by at least %d: %d\n", TICKS, count() - start >= TICKS);
	return 0;
}
