// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read the system registers that a program may read.
 *
 * On 32-bit Arm they are those of coprocessor 15, read by MRC, nearly all of which belong to the kernel: a program that reads
 * another one gets a SIGILL. Left for it are the flags, FPSCR, and TPIDRURO, where Linux tells the C library where the thread's
 * own variables are. The generic timer's counter can be read if the kernel allows it, which it does for its vDSO. Unlike on
 * AArch64 the kernel emulates no identification registers: /proc/cpuinfo and the auxiliary vector have to do.
 *
 * baremetal/arch/arm/dump_regs.c reads the others. Arm ARM DDI 0406, B4.1, "VMSA System control registers descriptions, in
 * register order".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./dump_regs"
 * stdout = """
 * APSR      0x{hex}
 * FPSCR     0x{hex}
 * TPIDRURO  0x{hex}
 * HWCAP     0x{hex}
 * """
 * [/lkmc]
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/auxv.h>

int main(void)
{
	uint32_t apsr, fpscr, thread;
	unsigned long features = getauxval(AT_HWCAP);

	__asm__ volatile("mrs %0, apsr" : "=r"(apsr));
	__asm__ volatile("vmrs %0, fpscr" : "=r"(fpscr));
	__asm__ volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(thread));
	printf("APSR      0x%x\n", apsr);
	printf("FPSCR     0x%x\n", fpscr);
	printf("TPIDRURO  0x%x\n", thread);
	printf("HWCAP     0x%lx\n", features);

	/* What the compiler itself uses for `__thread`. */
	assert(thread == (uintptr_t)__builtin_thread_pointer());
	/* Rounding to nearest. */
	assert((fpscr >> 22 & 3) == 0);
	/* These programs are compiled for floating point. */
	assert(features & 1 << 6);
	return 0;
}
