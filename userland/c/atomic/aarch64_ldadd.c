// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with one atomic instruction of AArch64, LDADD, on a processor that has it.
 *
 * It loads the old value into a register and stores the sum, indivisibly; it cannot fail and be tried again, and a processor
 * may leave the work to a shared cache that has the line. LDADDAL is it with acquire and release, STADD throws the old value
 * away; CAS, SWP, LDCLR (and not), LDSET (or) and LDEOR are of the same kind. It belongs to the Large System Extensions of
 * Armv8.1 (FEAT_LSE), and where they are missing, as on a Cortex-A72, it is undefined: the program would die of SIGILL. So the
 * program asks first. The kernel says in AT_HWCAP what the processor has, and in /proc/cpuinfo, where it is called "atomics".
 * Without it two other instructions do the same (aarch64_ldaxr_stlxr.c). What the compiler makes of C's atomic_fetch_add() is
 * this very choice, at run time ("outline atomics").
 *
 * aarch64-qemu has a Cortex-A72; in the second run the guest has `max`, with everything that QEMU knows, and gem5's have it too.
 *
 * Sources: Arm Architecture Reference Manual for A-profile, FEAT_LSE; kernel documentation, arch/arm64/elf_hwcaps.rst; gcc
 * manual, -moutline-atomics.
 *
 * [lkmc]
 * arches = ["aarch64"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = '''
 * ./aarch64_ldadd all
 * grep -qw atomics /proc/cpuinfo && there=yes || there=no
 * echo "atomics in /proc/cpuinfo: $there"
 * '''
 * stdout = """
 * with LDADD: {word:there}
 * lost: 0
 * atomics in /proc/cpuinfo: {word:there}
 * """
 * timeout = "120s"
 *
 * [[lkmc.run]]
 * name = "with LDADD"
 * machine.cpu-model = "max"
 * guest = "./aarch64_ldadd all"
 * stdout = """
 * with LDADD: yes
 * lost: 0
 * """
 * timeout = "120s"
 * [/lkmc]
 */
#include "count.h"
#include <asm/hwcap.h>
#include <stdbool.h>
#include <sys/auxv.h>

static bool has_ldadd;

static inline void add_one(unsigned long *number)
{
	unsigned long value;
	unsigned int failed;

	if (has_ldadd)
		/* The compiler is asked for Armv8.0; only the assembler has to know the instruction. */
		__asm__ volatile(".arch_extension lse\n\t"
				 "ldadd %2, %0, %1"
				 : "=&r"(value), "+Q"(*number)
				 : "r"(1ul)
				 : "memory");
	else
		__asm__ volatile("1: ldxr %0, %2\n\t"
				 "add %0, %0, 1\n\t"
				 "stxr %w1, %0, %2\n\t"
				 "cbnz %w1, 1b"
				 : "=&r"(value), "=&r"(failed), "+Q"(*number)
				 :
				 : "memory");
}

int main(int argc, char **argv)
{
	has_ldadd = getauxval(AT_HWCAP) & HWCAP_ATOMICS;
	printf("with LDADD: %s\n", has_ldadd ? "yes" : "no");
	return count_main(argc, argv);
}
