// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See on which processors a process may run, forbid it all but the first, and see it there.
 *
 * Each thread has an affinity mask, one bit per processor. sched_getaffinity(2) reads it and
 * sched_setaffinity(2) sets it; it is inherited by fork and exec, so taskset(1) can start any
 * program on chosen processors. A thread that is on a processor which the new mask forbids has
 * moved before the call returns.
 *
 * The output shows the mask as one digit per processor. The second run is started by `taskset 2`:
 * bit 1 only.
 *
 * Sources: sched_setaffinity(2), taskset(1).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./sched_getaffinity"
 * stdout = """
 * sched_getaffinity = 1 1
 * sched_getcpu = {dec}
 * sched_getaffinity = 1 0
 * sched_getcpu = 0
 * """
 *
 * [[lkmc.run]]
 * name = "taskset"
 * guest = "taskset 2 ./sched_getaffinity"
 * stdout = """
 * sched_getaffinity = 0 1
 * sched_getcpu = 1
 * sched_getaffinity = 1 0
 * sched_getcpu = 0
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void print_affinity(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t mask;

	if (sched_getaffinity(0, sizeof(mask), &mask))
		die("sched_getaffinity");
	printf("sched_getaffinity =");
	for (long i = 0; i < processors; i++)
		printf(" %d", CPU_ISSET(i, &mask) ? 1 : 0);
	printf("\nsched_getcpu = %d\n", sched_getcpu());
}

int main(void)
{
	cpu_set_t first;

	print_affinity();
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		die("sched_setaffinity");
	print_affinity();
	return EXIT_SUCCESS;
}
