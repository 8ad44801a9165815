// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print system registers that only a privileged mode can read.
 *
 * 32-bit Arm reads them through coprocessor 15; what they mean is in the Arm ARM (DDI 0406) under their names. SCTLR shows that
 * address translation (bit 0) and both caches (bits 2 and 12) are on: baremetal/lib did that before main(). The lowest five bits
 * of the CPSR are the mode, 0x13 for Supervisor.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout-has = ["mode 0x13", "SCTLR 0x{hex}", "translation 1, data cache 1, instruction cache 1", "TTBR0 0x{hex}", "VBAR 0x{hex}"]
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define TRANSLATION (1 << 0)
#define DATA_CACHE (1 << 2)
#define INSTRUCTION_CACHE (1 << 12)

#define DUMP(name, place)                                      \
	do {                                                   \
		uint32_t value;                                \
		asm volatile("mrc " place : "=r"(value));      \
		printf(name " 0x%" PRIx32 "\n", value);        \
	} while (0)

static void show_sctlr(void)
{
	uint32_t value;

	asm volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(value));
	printf("SCTLR 0x%" PRIx32 "\n", value);
	printf("translation %d, data cache %d, instruction cache %d\n", value & TRANSLATION ? 1 : 0,
	       value & DATA_CACHE ? 1 : 0, value & INSTRUCTION_CACHE ? 1 : 0);
}

int main(void)
{
	uint32_t cpsr;

	asm volatile("mrs %0, cpsr" : "=r"(cpsr));
	printf("mode 0x%" PRIx32 "\n", cpsr & 0x1f);
	DUMP("MIDR", "p15, 0, %0, c0, c0, 0");
	DUMP("MPIDR", "p15, 0, %0, c0, c0, 5");
	show_sctlr();
	DUMP("CPACR", "p15, 0, %0, c1, c0, 2");
	DUMP("TTBR0", "p15, 0, %0, c2, c0, 0");
	DUMP("DACR", "p15, 0, %0, c3, c0, 0");
	DUMP("VBAR", "p15, 0, %0, c12, c0, 0");
	return 0;
}
