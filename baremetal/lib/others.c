/* The other processors. gem5's boards start all of them, and so does QEMU's with a secure world (`virt,secure=on`), whose firmware
 * would look after them. Else they are off on QEMU's until they are asked for by PSCI (Arm DEN 0022), which QEMU answers itself:
 * to HVC, or to SMC if HVC would lead to a hypervisor (`virt,virtualization=on`). */

#include <lkmc/board.h>
#include <stddef.h>

/* Where they wait, and what for (start-*.S). */
char lkmc_stacks[LKMC_PROCESSORS << LKMC_STACK_SHIFT] __attribute__((aligned(16)));
void (*volatile lkmc_others)(unsigned int processor);

void lkmc_start(void);

unsigned int lkmc_reset_level(void)
{
#if __aarch64__
	unsigned long level;

	asm("mrs %0, tpidr_el1" : "=r"(level));
	return level;
#else
	unsigned int features;

	asm("mrc p15, 0, %0, c0, c1, 1" : "=r"(features)); /* ID_PFR1 */
	/* Security Extensions, Virtualization Extensions. */
	return features >> 4 & 0xf ? 3 : features >> 12 & 0xf ? 2 : 1;
#endif
}

#if LKMC_PSCI
#if __aarch64__
#define CPU_ON 0xc4000003
#define REGISTER(name, number) register unsigned long name asm("x" #number)
#else
#define CPU_ON 0x84000003
#define REGISTER(name, number) register unsigned long name asm("r" #number)
asm(".arch_extension virt\n\t.arch_extension sec");
#endif

static void power_on(unsigned long processor)
{
	/* Before the registers have their values, which a call would not keep. */
	unsigned int level = lkmc_reset_level();
	REGISTER(function, 0) = CPU_ON;
	REGISTER(target, 1) = processor;
	REGISTER(entry, 2) = (unsigned long)lkmc_start;
	REGISTER(context, 3) = 0;

	/* One that is not there is refused, which is all the same. */
	if (level == 2)
		asm volatile("smc #0" : "+r"(function), "+r"(target), "+r"(entry), "+r"(context) : : "memory");
	else
		asm volatile("hvc #0" : "+r"(function), "+r"(target), "+r"(entry), "+r"(context) : : "memory");
}
#endif

void lkmc_start_others(void (*function)(unsigned int processor))
{
	/* What the caller has stored before is there for whoever sees this: they read it with acquire semantics. */
	__atomic_store_n(&lkmc_others, function, __ATOMIC_RELEASE);
#if LKMC_PSCI
	if (lkmc_reset_level() < 3)
		for (unsigned long processor = 1; processor < LKMC_PROCESSORS; processor++)
			power_on(processor);
#endif
	asm volatile("dsb sy\n\tsev" : : : "memory");
}
