// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read the time-stamp counter and the processor's number from C.
 *
 * __rdtscp() is RDTSCP; its argument points to where the number goes. Whether there is such an instruction has to be found out
 * at run time: __get_cpuid() asks CPUID, after it has asked whether that has such a leaf.
 *
 * The instruction: ../rdtscp.S.
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <assert.h>
#include <cpuid.h>
#include <sched.h>
#include <x86intrin.h>

#define EXTENDED_FEATURES 0x80000001
#define HAS_RDTSCP (1 << 27)
/* Linux has the node in the bits above. */
#define PROCESSOR 0xfff

int main(void)
{
	unsigned int a, b, c, d, before, after, number;
	unsigned long long first, second;

	assert(__get_cpuid(EXTENDED_FEATURES, &a, &b, &c, &d) && (d & HAS_RDTSCP));
	do {
		first = __rdtscp(&before);
		number = sched_getcpu();
		second = __rdtscp(&after);
	} while (before != after);
	assert((after & PROCESSOR) == number);
	assert(second > first);
	return 0;
}
