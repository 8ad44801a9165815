// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask on which processor and memory node the program runs, as it moves itself from one processor
 * to the next.
 *
 * getcpu(2) fills in both numbers. The answer is out of date as soon as it is given, since the
 * scheduler may move the process at any time, unless the process has bound itself to one
 * processor as here. The C library asks through the vDSO, code that the kernel puts into every
 * process, where the architecture has one for this: no system call takes place. getcpu_syscall.c
 * makes one.
 *
 * Sources: getcpu(2), sched_setaffinity(2), vdso(7).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./getcpu"
 * stdout = """
 * bound to 0: processor 0, node 0
 * bound to 1: processor 1, node 0
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	for (long i = 0; i < processors; i++) {
		unsigned int processor, node;
		cpu_set_t one;

		CPU_ZERO(&one);
		CPU_SET(i, &one);
		/* When this returns the process has already moved. */
		if (sched_setaffinity(0, sizeof(one), &one) || getcpu(&processor, &node)) {
			perror("getcpu");
			return EXIT_FAILURE;
		}
		printf("bound to %ld: processor %u, node %u\n", i, processor, node);
	}
	return EXIT_SUCCESS;
}
