// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with load-exclusive and store-exclusive of AArch64: who was disturbed tries again.
 *
 * LDAXR loads and has the processor watch the address. STLXR stores only if nobody else wrote there since, and says so in a
 * register: 0 if it has stored, 1 if not; then all begins anew with the load. Between the two there may be any arithmetic, so
 * that every atomic operation can be made of them, but nothing that takes long. A and L are "acquire" and "release": no
 * later access moves before the load, no earlier one after the store.
 *
 * Any processor of Armv8-A can do that. When many want the same address, most attempts fail: hence LDADD (aarch64_ldadd.c).
 *
 * Sources: Arm Architecture Reference Manual for A-profile, B2, "Synchronization and semaphores".
 *
 * [lkmc]
 * arches = ["aarch64"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./aarch64_ldaxr_stlxr all 100000"
 * stdout = "expected 200000, got 200000\n"
 * timeout = "60s"
 * [/lkmc]
 */
#include "count.h"

static inline void add_one(unsigned long *number)
{
	unsigned long value;
	unsigned int failed;

	__asm__ volatile("1: ldaxr %0, %2\n\t"
			 "add %0, %0, 1\n\t"
			 "stlxr %w1, %0, %2\n\t"
			 "cbnz %w1, 1b"
			 : "=&r"(value), "=&r"(failed), "+Q"(*number)
			 :
			 : "memory");
}

int main(int argc, char **argv)
{
	return count_main(argc, argv);
}
