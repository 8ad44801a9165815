// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with `lock inc` of x86_64: none is lost, on any number of processors.
 *
 * The prefix lets the processor keep the cache line to itself from the load to the store: others that want it wait. It also
 * is a barrier for all loads and stores around it. Without the prefix: x86_64_inc.c.
 *
 * The threads count until a counter without it has lost several times.
 *
 * Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, "LOCK"; volume 3, "Locked Atomic
 * Operations".
 *
 * [lkmc]
 * arches = ["x86_64"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./x86_64_lock_inc all"
 * stdout = "lost: 0\n"
 * timeout = "120s"
 * [/lkmc]
 */
#include "count.h"

static inline void add_one(unsigned long *number)
{
	__asm__ volatile("lock incq %0" : "+m"(*number) : : "cc");
}

int main(int argc, char **argv)
{
	return count_main(argc, argv);
}
