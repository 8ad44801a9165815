// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Be woken by the timer's interrupt.
 *
 * Each processor's virtual timer is wired to input 27 of the GIC (Arm IHI 0048B), one of those that a processor does not share
 * with others. The way of an interrupt: the timer's condition holds, the distributor has the interrupt enabled, the processor's
 * interface finds it urgent enough, and PSTATE does not mask it. Then the processor goes to its vector; reading GICC_IAR tells it
 * the number, and writing that to GICC_EOIR ends it (baremetal/lib/interrupts.c). The timer's condition lasts, so a handler
 * that neither set the timer anew nor stopped it would be called for ever.
 *
 * WFI sleeps until there is an interrupt, also one that is masked: so it is masked but for a moment after each WFI, and none can
 * come between the question whether there was one and the sleep.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * 3 interrupts with number 27
 * the counter went on by at least 3000: 1
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <lkmc/interrupts.h>
#include <stdio.h>

#define VIRTUAL_TIMER 27
#define TIMES 3
#define TICKS 1000
#define ENABLE 1

/* The same registers have two ways of access (Arm ARM DDI 0487, D11.2; DDI 0406, B8.1). */
#if __aarch64__
#define SET_TIMER(ticks) asm volatile("msr cntv_tval_el0, %0\n\tisb" : : "r"((uint64_t)(ticks)))
#define SET_CONTROL(value) asm volatile("msr cntv_ctl_el0, %0\n\tisb" : : "r"((uint64_t)(value)))
#define GET_COUNTER(value) asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value))
#else
#define SET_TIMER(ticks) asm volatile("mcr p15, 0, %0, c14, c3, 0\n\tisb" : : "r"(ticks))
#define SET_CONTROL(value) asm volatile("mcr p15, 0, %0, c14, c3, 1\n\tisb" : : "r"(value))
#define GET_COUNTER(value) asm volatile("isb\n\tmrrc p15, 1, %Q0, %R0, c14" : "=r"(value))
#endif

static volatile unsigned int interrupts, number;

static void handle(uint32_t acknowledged)
{
	number = GIC_INTERRUPT(acknowledged);
	if (++interrupts < TIMES) /* gdb: interrupted */
		SET_TIMER(TICKS);
	else
		SET_CONTROL(0);
}

int main(void)
{
	uint64_t start, end;

	lkmc_handle_interrupts(handle);
	*GICD_ISENABLER = 1 << VIRTUAL_TIMER;
	GET_COUNTER(start);
	SET_TIMER(TICKS);
	SET_CONTROL(ENABLE);
	while (interrupts < TIMES) {
		asm volatile("wfi");
		lkmc_unmask_interrupts();
		lkmc_mask_interrupts();
	}
	GET_COUNTER(end);
	printf("%u interrupts with number %u\n", interrupts, number);
	printf("the counter went on by at least %d: %d\n", TIMES * TICKS, end - start >= TIMES * TICKS);
	return 0;
}
