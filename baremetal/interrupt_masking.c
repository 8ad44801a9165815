// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hold interrupts back, in the processor and in the GIC.
 *
 * The processor takes none while PSTATE.I (CPSR.I on arm) is set; ISR_EL1 (ISR) shows that one waits. The GIC signals none that is
 * not more urgent than GICC_PMR says (Arm IHI 0048B, 4.4.2): the processor does not even see it wait. A smaller number is more
 * urgent, and of several that wait the most urgent one is taken first, whichever came first.
 *
 * The program sends them to itself.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * masked by the processor: waits 1, taken 0
 * no more: taken 1
 * masked by the GIC: waits 0, taken 1
 * no more: taken 2
 * 1 sent before 2, taken: 2 1
 * """
 * [/lkmc]
 */

#include <lkmc/interrupts.h>
#include <stdio.h>

#define LATER 1
#define URGENT 2
#define TO_MYSELF (2 << 24)
#define MEDIUM 0x80
#define HIGH 0x40
/* An interrupt takes a moment from the GIC to the processor. */
#define MOMENT 1000
#define ISR_I (1 << 7)

static volatile unsigned int taken, order[4];

static void handle(uint32_t acknowledged)
{
	order[taken++ % 4] = GIC_INTERRUPT(acknowledged); /* gdb: taken */
}

static void send(unsigned int interrupt)
{
	*GICD_SGIR = TO_MYSELF | interrupt;
}

static int waits(void)
{
	unsigned long status = 0;

	for (int i = 0; i < MOMENT && !(status & ISR_I); i++)
#if __aarch64__
		asm volatile("mrs %0, isr_el1" : "=r"(status));
#else
		asm volatile("mrc p15, 0, %0, c12, c1, 0" : "=r"(status));
#endif
	return (status & ISR_I) != 0;
}

/* Takes what waits; another one may wait when the first has been handled. */
static void take(void)
{
	while (waits()) {
		lkmc_unmask_interrupts();
		lkmc_mask_interrupts();
	}
}

int main(void)
{
	lkmc_handle_interrupts(handle);
	GICD_IPRIORITYR[LATER] = MEDIUM;
	GICD_IPRIORITYR[URGENT] = HIGH;
	*GICD_ISENABLER = 1 << LATER | 1 << URGENT;

	send(LATER);
	printf("masked by the processor: waits %d, taken %u\n", waits(), taken);
	take();
	printf("no more: taken %u\n", taken);

	*GICC_PMR = MEDIUM;
	send(LATER);
	lkmc_unmask_interrupts();
	printf("masked by the GIC: waits %d, taken %u\n", waits(), taken);
	lkmc_mask_interrupts();
	*GICC_PMR = GIC_ALL_PRIORITIES;
	take();
	printf("no more: taken %u\n", taken);

	taken = 0;
	send(LATER);
	send(URGENT);
	take();
	printf("%d sent before %d, taken: %u %u\n", LATER, URGENT, order[0], order[1]);
	return 0;
}
