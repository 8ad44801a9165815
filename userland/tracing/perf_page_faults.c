// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count the page faults of a piece of code exactly, with a software event of perf.
 *
 * mmap(2) gives a process addresses, not memory: a page appears when it is first touched, and
 * that touch is a page fault. Here 100 pages are mapped, and the counter says 0 faults for
 * mapping them, 100 for touching each once, and 0 for touching them again. Only "minor" faults
 * are counted, those that need no disk.
 *
 * perf_event_open(2) makes a counter, a file descriptor that read(2) takes the value from.
 * Software events are counted by the kernel itself and exist on every machine; hardware events
 * (see perf_event_open.c in userland/linux) need a performance monitoring unit. A disabled
 * counter is switched on and off with ioctl(2) around what is measured.
 *
 * Sources: perf_event_open(2); kernel source, arch/x86/mm/fault.c and mm/memory.c,
 * "perf_sw_event".
 *
 * [lkmc]
 * kconfig = ["PERF_EVENTS=y"]
 *
 * [[lkmc.run]]
 * guest = "./perf_page_faults"
 * stdout = """
 * mapping 100 pages: 0 faults
 * touching them: 100 faults
 * touching them again: 0 faults
 * """
 * [/lkmc]
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 100

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void start(int counter)
{
	if (ioctl(counter, PERF_EVENT_IOC_RESET, 0) || ioctl(counter, PERF_EVENT_IOC_ENABLE, 0))
		die("ioctl");
}

static unsigned long long stop(int counter)
{
	uint64_t count;

	if (ioctl(counter, PERF_EVENT_IOC_DISABLE, 0))
		die("ioctl");
	if (read(counter, &count, sizeof(count)) != sizeof(count))
		die("read");
	return count;
}

static char *map(void)
{
	char *pages = mmap(NULL, PAGES * getpagesize(), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		die("mmap");
	return pages;
}

static void touch(char *pages)
{
	long page = getpagesize();

	for (int i = 0; i < PAGES; i++)
		((volatile char *)pages)[i * page] = 1;
}

int main(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS_MIN,
		.disabled = 1,
	};
	unsigned long long faults[3];
	char *pages;
	int counter = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	if (counter < 0)
		die("perf_event_open");

	/* Once without looking, so that the code itself is in memory: its pages fault too. */
	start(counter);
	touch(map());
	stop(counter);

	start(counter);
	pages = map();
	faults[0] = stop(counter);

	start(counter);
	touch(pages);
	faults[1] = stop(counter);

	start(counter);
	touch(pages);
	faults[2] = stop(counter);

	printf("mapping %d pages: %llu faults\n", PAGES, faults[0]);
	printf("touching them: %llu faults\n", faults[1]);
	printf("touching them again: %llu faults\n", faults[2]);
	return 0;
}
