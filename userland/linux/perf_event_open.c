// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count what the processor does while a loop runs: instructions, cycles, and time, with
 * perf_event_open(2).
 *
 * A processor with a performance monitoring unit (PMU) counts its own events: instructions,
 * cycles, cache misses, mispredicted branches. The kernel hands these counters to processes, and
 * switches them with the process, so one sees only what one's own code caused. An emulated
 * processor may have no such unit; then opening the counter fails with ENOENT or EOPNOTSUPP, and the
 * program says so. Software counters, which the kernel keeps itself, are always there: task-clock is the
 * time that the process had a processor.
 *
 * With KVM, or on your own machine, the first two lines are numbers: compare them for loops of
 * different length, and the instructions per round come out exactly. The program ends with status 1
 * where a counter cannot be right: less than one instruction or cycle for two rounds, or another
 * error. A task-clock of 0 can be: it is as coarse as the clock that the kernel trusts.
 *
 * Sources: perf_event_open(2).
 *
 * [lkmc]
 * kconfig = ["PERF_EVENTS=y"]
 *
 * [[lkmc.run]]
 * guest = "./perf_event_open 100000"
 * stdout = """
 * instructions: {any}
 * cycles: {any}
 * task-clock: {dec} ns
 * page-faults: 0
 * """
 * [/lkmc]
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct counter {
	const char *name;
	const char *unit;
	uint32_t type;
	uint64_t config;
};

static const struct counter counters[] = {
	{ "instructions", "", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "cycles", "", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "task-clock", " ns", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", "", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
};

static void loop(unsigned long rounds)
{
	while (rounds--)
		__asm__ volatile("" : : : "memory");
}

/* 0, or 1 if that cannot be true. */
static int measure(const struct counter *counter, unsigned long rounds)
{
	struct perf_event_attr attr = {
		.type = counter->type,
		.size = sizeof(attr),
		.config = counter->config,
		.disabled = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	uint64_t count;

	if (fd < 0) {
		/* The reason is the interesting part, so it belongs to the output. */
		printf("%s: %m\n", counter->name);
		return counter->type != PERF_TYPE_HARDWARE || (errno != ENOENT && errno != EOPNOTSUPP);
	}
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	loop(rounds);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(fd, &count, sizeof(count)) != sizeof(count)) {
		perror(counter->name);
		return 1;
	}
	printf("%s: %llu%s\n", counter->name, (unsigned long long)count, counter->unit);
	close(fd);
	return counter->type == PERF_TYPE_HARDWARE && count < rounds / 2;
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
	int wrong = 0;

	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		wrong |= measure(&counters[i], rounds);
	return wrong;
}
