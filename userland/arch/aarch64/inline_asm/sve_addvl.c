// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use instructions in inline assembly that the compiler was not told to use.
 *
 * `.arch_extension sve` tells the assembler that the instruction is meant; the compiler itself makes none of them. So the program
 * also runs on a processor that lacks them, if it asks before: getauxval(3) has what the kernel found. QEMU's `max` has them.
 *
 * ../sve_addvl.S says what ADDVL does. GNU as manual, "AArch64 Directives"; Linux, arch/arm64/elf_hwcaps.rst.
 *
 * [lkmc]
 * [[lkmc.run]]
 * machine = { cpu-model = "max" }
 * guest = "./sve_addvl"
 * stdout = "SVE: vectors of {dec} bytes\n"
 * [/lkmc]
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

int main(void)
{
	uint64_t length = 0;

	if (!(getauxval(AT_HWCAP) & HWCAP_SVE)) {
		puts("SVE: not on this processor");
		return 0;
	}
	__asm__(".arch_extension sve\n\taddvl %0, %0, #1" : "+r"(length));
	/* The kernel says the same. */
	assert(length == (uint64_t)(prctl(PR_SVE_GET_VL) & PR_SVE_VL_LEN_MASK));
	printf("SVE: vectors of %ju bytes\n", (uintmax_t)length);
	return 0;
}
