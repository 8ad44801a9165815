// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with load, add and store of AArch64: updates are lost.
 *
 * Arm's arithmetic works on registers only, so adding to memory always takes three instructions, and an interrupt or
 * another processor can come between any two of them. aarch64_ldaxr_stlxr.c notices when that happens, aarch64_ldadd.c
 * leaves no room for it.
 *
 * Sources: Arm Architecture Reference Manual for A-profile, B2, "Single-copy atomicity": it holds for each load and each
 * store, not for all three together.
 *
 * [lkmc]
 * arches = ["aarch64"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./aarch64_add lose"
 * stdout = "some were lost\n"
 * timeout = "120s"
 * [/lkmc]
 */
#include "count.h"

static inline void add_one(unsigned long *number)
{
	unsigned long value;

	__asm__ volatile("ldr %0, %1\n\t"
			 "add %0, %0, 1\n\t"
			 "str %0, %1"
			 : "=&r"(value), "+m"(*number));
}

int main(int argc, char **argv)
{
	return count_main(argc, argv);
}
