/* What is the same for every interrupt: it is acknowledged, handled, and done with. interrupts-*.S calls this. */

#include <lkmc/interrupts.h>

static void (*volatile handle)(uint32_t acknowledged);

void lkmc_handle_interrupts(void (*handler)(uint32_t acknowledged))
{
	handle = handler;
	*GICD_CTLR = GIC_ENABLE;
	*GICC_PMR = GIC_ALL_PRIORITIES;
	*GICC_CTLR = GIC_ENABLE;
}

void lkmc_interrupt(void)
{
	uint32_t acknowledged = *GICC_IAR;

	/* It may have gone away meanwhile. */
	if (GIC_INTERRUPT(acknowledged) >= GIC_SPECIAL)
		return;
	handle(acknowledged);
	/* What the handler told a device has to get there first, or the same interrupt comes again. */
	asm volatile("dsb sy" : : : "memory");
	*GICC_EOIR = acknowledged;
}
