// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print system registers that only EL1 and above can read.
 *
 * What the registers mean is in the Arm ARM (DDI 0487) under their names. SCTLR_EL1 shows that address translation (bit 0) and
 * both caches (bits 2 and 12) are on: baremetal/lib did that before main(). A program of Linux would be killed for the first of
 * these reads; those of registers that identify the processor (MIDR_EL1, MPIDR_EL1, ID_*_EL1) the kernel carries out for it,
 * with values of its own choice (kernel documentation, arch/arm64/cpu-feature-registers).
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout-has = [
 *     "CurrentEL 0x4", "SPSel 0x1", "SCTLR_EL1 0x{hex}", "translation 1, data cache 1, instruction cache 1",
 *     "TTBR0_EL1 0x{hex}", "VBAR_EL1 0x{hex}",
 * ]
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define TRANSLATION (1 << 0)
#define DATA_CACHE (1 << 2)
#define INSTRUCTION_CACHE (1 << 12)

#define DUMP(name)                                       \
	do {                                             \
		uint64_t value;                          \
		asm volatile("mrs %0, " #name : "=r"(value)); \
		printf(#name " 0x%" PRIx64 "\n", value); \
	} while (0)

static void show_sctlr(void)
{
	uint64_t value;

	asm volatile("mrs %0, SCTLR_EL1" : "=r"(value));
	printf("SCTLR_EL1 0x%" PRIx64 "\n", value);
	printf("translation %d, data cache %d, instruction cache %d\n", value & TRANSLATION ? 1 : 0,
	       value & DATA_CACHE ? 1 : 0, value & INSTRUCTION_CACHE ? 1 : 0);
}

int main(void)
{
	DUMP(CurrentEL);
	DUMP(SPSel);
	DUMP(DAIF);
	DUMP(MIDR_EL1);
	DUMP(MPIDR_EL1);
	DUMP(ID_AA64PFR0_EL1);
	DUMP(ID_AA64ISAR0_EL1);
	DUMP(ID_AA64MMFR0_EL1);
	show_sctlr();
	DUMP(CPACR_EL1);
	DUMP(TCR_EL1);
	DUMP(MAIR_EL1);
	DUMP(TTBR0_EL1);
	DUMP(VBAR_EL1);
	return 0;
}
