// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count context switches while two processes hand a byte back and forth, with a software event of
 * perf.
 *
 * With one processor a process that waits for the other's byte must be taken off the processor,
 * or the other never sends it: every round costs the parent at least one switch. With more
 * processors the two could run side by side, so the program ties both to one.
 *
 * The counter belongs to one process, and counts when the scheduler takes that process off the
 * processor. The kernel may do so more often than the program needs (its time slice ends, say),
 * so the demo asks only for at least one per round.
 *
 * Sources: perf_event_open(2); kernel source, include/linux/perf_event.h,
 * "perf_event_task_sched_out".
 *
 * [lkmc]
 * kconfig = ["PERF_EVENTS=y"]
 *
 * [[lkmc.run]]
 * guest = "./perf_context_switches"
 * stdout = """
 * 200 rounds: {dec} context switches
 * at least one per round: yes
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <linux/perf_event.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 200

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Sends back every byte, until the other end is closed. */
static void echo(int from, int to)
{
	char byte;

	while (read(from, &byte, 1) == 1)
		if (write(to, &byte, 1) != 1)
			_exit(1);
	_exit(0);
}

int main(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
		.disabled = 1,
	};
	int there[2], back[2], counter, status;
	uint64_t switches;
	char byte = 0;
	cpu_set_t first;
	pid_t child;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		die("sched_setaffinity");
	if (pipe(there) || pipe(back))
		die("pipe");
	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		close(there[1]);
		echo(there[0], back[1]);
	}
	counter = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (counter < 0)
		die("perf_event_open");

	ioctl(counter, PERF_EVENT_IOC_ENABLE, 0);
	for (int i = 0; i < ROUNDS; i++)
		if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1)
			die("pipe");
	ioctl(counter, PERF_EVENT_IOC_DISABLE, 0);

	if (read(counter, &switches, sizeof(switches)) != sizeof(switches))
		die("read");
	close(there[1]);
	if (waitpid(child, &status, 0) != child || status)
		die("child");
	printf("%d rounds: %llu context switches\n", ROUNDS, (unsigned long long)switches);
	printf("at least one per round: %s\n", switches >= ROUNDS ? "yes" : "no");
	return 0;
}
