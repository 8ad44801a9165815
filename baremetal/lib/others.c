/* The other processors. gem5's boards start all of them; on QEMU's they are off until they are asked for by PSCI (Arm DEN 0022),
 * which QEMU answers itself when there is no firmware. */

#include <lkmc/board.h>
#include <stddef.h>

/* Where they wait, and what for (start-*.S). */
char lkmc_stacks[LKMC_PROCESSORS << LKMC_STACK_SHIFT] __attribute__((aligned(16)));
void (*volatile lkmc_others)(unsigned int processor);

void lkmc_start(void);

#if LKMC_PSCI
#if __aarch64__
#define CPU_ON 0xc4000003
#define REGISTER(name, number) register unsigned long name asm("x" #number)
#else
#define CPU_ON 0x84000003
#define REGISTER(name, number) register unsigned long name asm("r" #number)
asm(".arch_extension virt");
#endif

static void power_on(unsigned long processor)
{
	REGISTER(function, 0) = CPU_ON;
	REGISTER(target, 1) = processor;
	REGISTER(entry, 2) = (unsigned long)lkmc_start;
	REGISTER(context, 3) = 0;

	/* One that is not there is refused, which is all the same. */
	asm volatile("hvc #0" : "+r"(function), "+r"(target), "+r"(entry), "+r"(context) : : "memory");
}
#endif

void lkmc_start_others(void (*function)(unsigned int processor))
{
	/* What the caller has stored before is there for whoever sees this: they read it with acquire semantics. */
	__atomic_store_n(&lkmc_others, function, __ATOMIC_RELEASE);
#if LKMC_PSCI
	for (unsigned long processor = 1; processor < LKMC_PROCESSORS; processor++)
		power_on(processor);
#endif
	asm volatile("dsb sy\n\tsev" : : : "memory");
}
