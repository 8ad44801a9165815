// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read the system registers that a program may read.
 *
 * Most system registers belong to the kernel: MRS of one of them is a SIGILL. Some can be read by everybody: those of the thread
 * and of floating point, the counter of the generic timer with its frequency, and two that say how caches and DC ZVA are made.
 * The identification registers (MIDR_EL1, ID_AA64ISAR0_EL1 ...) are the kernel's, but Linux emulates reading them: the
 * instruction traps, and the kernel puts a number into the register, with the fields hidden that a program must not know ("cpuid"
 * among the features in /proc/cpuinfo). baremetal/arch/aarch64/dump_regs.c reads all of them.
 *
 * Arm ARM DDI 0487, "AArch64 System Register Descriptions"; Linux, arch/arm64/cpu-feature-registers.rst.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./dump_regs"
 * stdout = """
 * NZCV              0x{hex}
 * FPCR              0x{hex}
 * FPSR              0x{hex}
 * TPIDR_EL0         0x{hex}
 * CNTFRQ_EL0        0x{hex}
 * CNTVCT_EL0        0x{hex}
 * CTR_EL0           0x{hex}
 * DCZID_EL0         0x{hex}
 * MIDR_EL1          0x{hex}
 * MPIDR_EL1         0x{hex}
 * ID_AA64PFR0_EL1   0x{hex}
 * ID_AA64ISAR0_EL1  0x{hex}
 * ID_AA64MMFR0_EL1  0x{hex}
 * """
 * [/lkmc]
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/auxv.h>

#define READ(name)                                                  \
	({                                                          \
		uint64_t value;                                     \
		__asm__ volatile("mrs %0, " name : "=r"(value));     \
		value;                                              \
	})
#define PRINT(name) printf("%-17s 0x%" PRIx64 "\n", name, READ(name))

int main(void)
{
	PRINT("NZCV");
	PRINT("FPCR");
	PRINT("FPSR");
	PRINT("TPIDR_EL0");
	PRINT("CNTFRQ_EL0");
	PRINT("CNTVCT_EL0");
	PRINT("CTR_EL0");
	PRINT("DCZID_EL0");

	/* Those that the kernel emulates, and says so. */
	assert(getauxval(AT_HWCAP) & HWCAP_CPUID);
	PRINT("MIDR_EL1");
	PRINT("MPIDR_EL1");
	PRINT("ID_AA64PFR0_EL1");
	PRINT("ID_AA64ISAR0_EL1");
	PRINT("ID_AA64MMFR0_EL1");

	/* What can be said of every processor: floating point at EL0, and a counter that goes on. */
	assert((READ("ID_AA64PFR0_EL1") >> 16 & 0xf) != 0xf);
	uint64_t before = READ("CNTVCT_EL0");

	while (READ("CNTVCT_EL0") == before)
		;
	assert(READ("CNTVCT_EL0") > before);
	return 0;
}
