// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait for the generic timer.
 *
 * CNTV_TVAL counts down at the rate of CNTVCT; when it reaches zero, ISTATUS in CNTV_CTL becomes 1, and an interrupt would come if
 * it were not masked (Arm ARM DDI 0406, B8.1). Here nobody takes interrupts, so the program asks.
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

static void set_timer(uint32_t ticks)
{
	asm volatile("mcr p15, 0, %0, c14, c3, 0" : : "r"(ticks)); /* CNTV_TVAL */
}

static uint64_t count(void)
{
	uint64_t value;

	asm volatile("isb\n\tmrrc p15, 1, %Q0, %R0, c14" : "=r"(value)); /* CNTVCT */
	return value;
}

static int fired(void)
{
	uint32_t control;

	asm volatile("isb\n\tmrc p15, 0, %0, c14, c3, 1" : "=r"(control)); /* CNTV_CTL */
	return (control & ISTATUS) != 0;
}

int main(void)
{
	uint64_t start;
	int before;

	/* Far away, so that a slow host does not let it pass. */
	set_timer(INT32_MAX);
	asm volatile("mcr p15, 0, %0, c14, c3, 1" : : "r"(ENABLE | IMASK));
	before = fired();
	start = count();
	set_timer(TICKS);
	while (!fired())
		;
	printf("before: %d\n", before);
	printf("after %d ticks: %d\n", TICKS, fired());
	printf("the counter went on by at least %d: %d\n", TICKS, count() - start >= TICKS);
	return 0;
}
