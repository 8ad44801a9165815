// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with load-exclusive and store-exclusive of AArch64: who was disturbed tries again.
 *
 * LDAXR loads and marks the address for this processor ("exclusive monitor"). STLXR stores only if nobody else wrote there since,
 * and says so in a register: 0 if it has stored, 1 if not; then all begins anew with the load. Between the two there may be any
 * arithmetic, so that every atomic operation can be made of them, but no other access to memory, and nothing that takes long: or
 * the loop may never end. A and L are "acquire" and "release": no later access moves before the load, no earlier one after the
 * store. That they are right no count can show.
 *
 * Any processor of Armv8-A can do that. When many want the same address, most attempts fail: hence LDADD (aarch64_ldadd.c).
 * The threads count until a counter with a plain load and store has lost several times.
 *
 * Sources: Arm Architecture Reference Manual for A-profile, B2, "Synchronization and semaphores"; C6.2, "LDAXR", "STLXR".
 *
 * [lkmc]
 * arches = ["aarch64"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./aarch64_ldaxr_stlxr all"
 * stdout = "lost: 0\n"
 * timeout = "120s"
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
