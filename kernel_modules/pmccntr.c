// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count processor cycles on Arm with the cycle counter of its performance monitor, PMCCNTR.
 *
 * Reading the counter is one instruction, and by itself it is either useless or fatal. The counter
 * stands still until it is switched on in two places, its own bit in PMCNTENSET and the main switch
 * in PMCR; a program that reads it gets an undefined-instruction exception (SIGILL) unless the
 * kernel has allowed it in PMUSERENR; and on a processor without a performance monitor the kernel
 * itself gets that exception, which is an oops. So this module looks first whether there is one,
 * switches it on, counts a loop, and lets programs read it until the module is unloaded.
 *
 * What to notice:
 * - The companion program gets SIGILL (4) before, a running counter meanwhile, and SIGILL after.
 * - `isb` before each read: without it the processor may read the counter before it has done what
 *   stands before it.
 * - What a "cycle" is under QEMU: it does not simulate a pipeline. The counter is virtual time at a
 *   nominal 1 GHz, so the number says little about the code. gem5's 64-bit boards count those of
 *   their processors' models, and let any program read them.
 * - perf (perf_event_open(2)) is the clean way to the same counter; it shares it between users and
 *   saves it per process. Both at once disturb each other.
 * - x86_64 has rdtsc for everybody instead, switched on from the start.
 *
 * Sources: Arm's Architecture Reference Manual, chapter "The Performance Monitors Extension".
 *
 * [lkmc]
 * arches = ["aarch64", "arm"]
 * companion = ["../userland/kernel_modules/pmccntr.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * ./pmccntr
 * insmod pmccntr.ko
 * ./pmccntr
 * rmmod pmccntr
 * ./pmccntr
 * """
 * stdout = """
 * signal 4
 * the counter runs
 * signal 4
 * """
 * dmesg = [
 *     "pmccntr: performance monitor version {dec}, {dec} event counters",
 *     "pmccntr: before: standing still",
 *     "pmccntr: 100000 rounds took {dec} cycles",
 * ]
 *
 * [[lkmc.skip]]
 * emulator = "gem5"
 * reason = "gem5 does not look at PMUSERENR, so the companion gets no signal; its 32-bit boards have no monitor"
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/smp.h>

#define PMCR_ENABLE BIT(0)
#define PMCNTENSET_CYCLES BIT(31)
#define PMUSERENR_ENABLE BIT(0)
#define ROUNDS 100000

#if defined(CONFIG_ARM64)

#include <asm/sysreg.h>

#define read_pmcr() read_sysreg(pmcr_el0)
#define write_pmcr(value) write_sysreg(value, pmcr_el0)
#define write_pmcntenset(value) write_sysreg(value, pmcntenset_el0)
#define write_pmcntenclr(value) write_sysreg(value, pmcntenclr_el0)
#define write_pmuserenr(value) write_sysreg(value, pmuserenr_el0)
/* Which exception levels are counted: 0 is all of EL1 and EL0. */
#define write_pmccfiltr(value) write_sysreg(value, pmccfiltr_el0)
#define read_pmccntr() read_sysreg(pmccntr_el0)
/* 0 is none, 15 one that is not Arm's architecture. */
#define pmu_version() ((unsigned int)(read_sysreg(id_aa64dfr0_el1) >> 8 & 15))

#else

#define CP15_READ(crn, crm, op2) ({						\
	u32 value_;								\
	asm volatile("mrc p15, 0, %0, c" #crn ", c" #crm ", " #op2		\
		     : "=r" (value_));						\
	value_;									\
})
#define CP15_WRITE(value, crn, crm, op2)					\
	asm volatile("mcr p15, 0, %0, c" #crn ", c" #crm ", " #op2 :: "r" ((u32)(value)))

#define read_pmcr() CP15_READ(9, 12, 0)
#define write_pmcr(value) CP15_WRITE(value, 9, 12, 0)
#define write_pmcntenset(value) CP15_WRITE(value, 9, 12, 1)
#define write_pmcntenclr(value) CP15_WRITE(value, 9, 12, 2)
#define write_pmuserenr(value) CP15_WRITE(value, 9, 14, 0)
/* Only since version 2 of the monitor; it is 0 after reset, which counts everything. */
#define write_pmccfiltr(value)
#define read_pmccntr() CP15_READ(9, 13, 0)
#define pmu_version() (CP15_READ(0, 1, 2) >> 24 & 15)

#endif

/* Each processor has a counter of its own, and may have been set up differently. */
static DEFINE_PER_CPU(u32, old_pmcr);

static unsigned long pmccntr_now(void)
{
	isb();
	return read_pmccntr();
}

static void pmccntr_enable(void *unused)
{
	__this_cpu_write(old_pmcr, read_pmcr());
	write_pmccfiltr(0);
	write_pmcntenset(PMCNTENSET_CYCLES);
	write_pmcr(__this_cpu_read(old_pmcr) | PMCR_ENABLE);
	write_pmuserenr(PMUSERENR_ENABLE);
	isb();
}

static void pmccntr_disable(void *unused)
{
	write_pmuserenr(0);
	write_pmcntenclr(PMCNTENSET_CYCLES);
	write_pmcr(__this_cpu_read(old_pmcr));
	isb();
}

static noinline unsigned long pmccntr_loop(void)
{
	unsigned long start, cycles;
	unsigned int i;

	/* Two processors' counters have nothing to do with each other, so it must not change in between. */
	preempt_disable();
	start = pmccntr_now();
	for (i = 0; i < ROUNDS; i++)
		barrier();
	cycles = pmccntr_now() - start;
	preempt_enable();
	return cycles;
}

static int __init pmccntr_init(void)
{
	unsigned int version = pmu_version();

	if (version == 0 || version == 15) {
		pr_err("pmccntr: this processor has no performance monitor\n");
		return -ENODEV;
	}
	pr_info("pmccntr: performance monitor version %u, %u event counters\n", version,
		(unsigned int)(read_pmcr() >> 11 & 31));
	pr_info("pmccntr: before: %s\n", pmccntr_loop() ? "running" : "standing still");
	on_each_cpu(pmccntr_enable, NULL, 1);
	pr_info("pmccntr: %d rounds took %lu cycles\n", ROUNDS, pmccntr_loop());
	return 0;
}

static void __exit pmccntr_exit(void)
{
	on_each_cpu(pmccntr_disable, NULL, 1);
}

module_init(pmccntr_init);
module_exit(pmccntr_exit);
MODULE_DESCRIPTION("Arm's cycle counter, switched on");
MODULE_LICENSE("GPL");
