/* Interrupts by a GIC, version 2 (Arm IHI 0048B). gem5's VExpress_GEM5_V2 has version 3 in its place. With a secure world that the
 * GIC knows of, as on QEMU's `virt,secure=on`, a program is in that world, whose all interrupts are
 * until it gives some to the other one (GICD_IGROUPR). */

#ifndef LKMC_INTERRUPTS_H
#define LKMC_INTERRUPTS_H

#include <stdint.h>

/* The distributor has one view of all interrupts that are shared, and one for each processor of those that are not. */
#define LKMC_GICD(offset) ((volatile uint32_t *)(LKMC_GIC_DISTRIBUTOR + (offset)))
#define GICD_CTLR LKMC_GICD(0x000)
#define GICD_ISENABLER LKMC_GICD(0x100)
/* A byte for each interrupt; the smaller the more urgent. */
#define GICD_IPRIORITYR ((volatile uint8_t *)LKMC_GICD(0x400))
#define GICD_SGIR LKMC_GICD(0xf00)

/* At these addresses each processor finds its own interface. */
#define LKMC_GICC(offset) ((volatile uint32_t *)(LKMC_GIC_INTERFACE + (offset)))
#define GICC_CTLR LKMC_GICC(0x00)
/* Nothing is signalled that is not more urgent than this. */
#define GICC_PMR LKMC_GICC(0x04)
#define GICC_IAR LKMC_GICC(0x0c)
#define GICC_EOIR LKMC_GICC(0x10)

#define GIC_ENABLE 1
#define GIC_ALL_PRIORITIES 0xff
/* Of what is read from GICC_IAR: the interrupt, and which processor sent it if software did. */
#define GIC_INTERRUPT(acknowledged) ((acknowledged) & 0x3ff)
#define GIC_SENDER(acknowledged) ((acknowledged) >> 10 & 7)
/* The first of the numbers that are no interrupts. */
#define GIC_SPECIAL 1020

/* Has this processor execute `handler` for each interrupt, with what it has acknowledged, while further ones are masked. They
 * are masked still when this returns. All processors have the same handler. It may not use the libc, which is interrupted too. */
void lkmc_handle_interrupts(void (*handler)(uint32_t acknowledged));

/* An interrupt that waits has to be taken after an ISB, and need not be before one: masked again right behind the unmasking, it
 * might never be (Arm ARM DDI 0487, "Prioritization and recognition of interrupts"; Linux does it for that reason in
 * arch/arm64/kvm/arm.c). */
static inline void lkmc_unmask_interrupts(void)
{
#if __aarch64__
	asm volatile("msr daifclr, #2\n\tisb" : : : "memory");
#else
	asm volatile("cpsie i\n\tisb" : : : "memory");
#endif
}

static inline void lkmc_mask_interrupts(void)
{
#if __aarch64__
	asm volatile("msr daifset, #2" : : : "memory");
#else
	asm volatile("cpsid i" : : : "memory");
#endif
}

#endif
