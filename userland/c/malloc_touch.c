// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocate memory, then touch it page by page: only that takes memory, and there may be none.
 *
 *     malloc_touch MEBIBYTES
 *
 * Of /proc/self/status, VmSize (address space) grows with malloc(), RssAnon (memory) with the first write to each page.
 * Reading does not count: it finds one page of zeros that all share, until somebody writes. That is the price of
 * overcommitting (malloc_size.c): malloc() was right to say yes, and when the memory runs out there is no call that could
 * fail, only a write to a variable. Then the kernel ends the process that has most, with SIGKILL: the shell says 128 + 9,
 * the kernel log says who and why.
 *
 * Sources: kernel documentation, admin-guide/mm/concepts.rst, "OOM killer"; proc(5).
 *
 * [lkmc]
 * machine.memory = "256MiB"
 *
 * [[lkmc.run]]
 * name = "enough"
 * guest = "./malloc_touch 64"
 * stdout = """
 * before:         VmSize + 0 MiB, RssAnon + 0 MiB
 * malloc():       VmSize + 64 MiB, RssAnon + 0 MiB
 * half read:      VmSize + 64 MiB, RssAnon + 0 MiB
 * half written:   VmSize + 64 MiB, RssAnon + 32 MiB
 * all written:    VmSize + 64 MiB, RssAnon + 64 MiB
 * free():         VmSize + 0 MiB, RssAnon + 0 MiB
 * """
 * [[lkmc.run]]
 * name = "too much"
 * guest = '''
 * echo 1 > /proc/sys/vm/overcommit_memory
 * ./malloc_touch 320
 * '''
 * status = 137
 * timeout = "120s"
 * # A debug kernel has so much of the memory for itself that not even half can be written.
 * stdout-has = [
 *     "malloc():       VmSize + 320 MiB, RssAnon + 0 MiB",
 *     "half read:      VmSize + 320 MiB, RssAnon + 0 MiB",
 * ]
 * stderr = "Killed\n"
 * dmesg = [
 *     "malloc_touch invoked oom-killer: {any}",
 *     "Out of memory: Killed process {dec} (malloc_touch) {any}",
 * ]
 * [/lkmc]
 */
#include "proc_self.h"
#include <unistd.h>
#include <sys/prctl.h>

static struct memory before;

static void show(const char *when)
{
	struct memory more = memory_since(before);

	printf("%-15s VmSize + %ld MiB, RssAnon + %ld MiB\n", when, more.size, more.resident);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	size_t size = (argc > 1 ? strtoul(argv[1], NULL, 10) : 64) << 20;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char *memory;

	/* A kernel that has huge pages would answer one touch with 2 MiB. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	before = memory_now();
	show("before:");
	memory = malloc(size);
	if (!memory) {
		perror("malloc");
		return EXIT_FAILURE;
	}
	show("malloc():");
	for (size_t i = 0; i < size / 2; i += page)
		(void)memory[i];
	show("half read:");
	for (size_t i = 0; i < size / 2; i += page)
		memory[i] = 1;
	show("half written:");
	for (size_t i = size / 2; i < size; i += page)
		memory[i] = 1;
	show("all written:");
	free((void *)memory);
	show("free():");
	return EXIT_SUCCESS;
}
