// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make the system call getcpu with syscall(2), and compare its answer with what the C library
 * says.
 *
 * Every system call can be made by its number, whether or not the C library has a function for
 * it. sched_getcpu(3) usually answers without entering the kernel (see getcpu.c). Bound to one
 * processor, both must say the same.
 *
 * Sources: getcpu(2), sched_getcpu(3), syscall(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./getcpu_syscall"
 * stdout = """
 * system call: processor 0, node 0
 * C library: processor 0
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	unsigned int processor, node;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	/* The third argument of getcpu has had no use since Linux 2.6.24. */
	if (sched_setaffinity(0, sizeof(first), &first) ||
	    syscall(SYS_getcpu, &processor, &node, NULL)) {
		perror("getcpu");
		return EXIT_FAILURE;
	}
	printf("system call: processor %u, node %u\n", processor, node);
	printf("C library: processor %d\n", sched_getcpu());
	return EXIT_SUCCESS;
}
