// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with one instruction of x86_64, `inc` on memory: one instruction is not one step.
 *
 * On one processor nothing is lost: a thread is only interrupted between two instructions. On two each processor loads,
 * adds and stores for itself, and the other one can come in between, although no instruction stands there.
 * x86_64_lock_inc.c is the same with one prefix more.
 *
 * That one instruction is enough on one processor, QEMU's translation cannot show: it takes interrupts only between blocks of
 * instructions, so that three would do there, too. KVM and gem5 interrupt at any instruction.
 *
 * Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, "Locked Atomic Operations".
 *
 * [lkmc]
 * arches = ["x86_64"]
 *
 * [[lkmc.run]]
 * name = "one processor"
 * machine.cpus = 1
 * guest = "./x86_64_inc once 1000000"
 * stdout = "expected 2000000, got 2000000\n"
 * [[lkmc.run]]
 * name = "two processors"
 * machine.cpus = 2
 * guest = "./x86_64_inc lose"
 * stdout = "some were lost\n"
 * timeout = "120s"
 * [/lkmc]
 */
#include "count.h"

static inline void add_one(unsigned long *number)
{
	__asm__ volatile("incq %0" : "+m"(*number) : : "cc");
}

int main(int argc, char **argv)
{
	return count_main(argc, argv);
}
