// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Map 64 MiB of memory, touch every fourth page, and see exactly those pages come into being.
 *
 * A touch of a page that is not there is a page fault: the processor calls the kernel, which
 * finds that the address is valid, takes a free page, clears it, enters it into the page tables,
 * and lets the instruction run again. The program notices nothing but the time. See
 * mmap_anonymous.c for the same without touching, and userland/tracing/perf_page_faults.c for the
 * faults being counted.
 *
 * madvise(MADV_NOHUGEPAGE) makes that exact: a kernel that has transparent huge pages on would
 * answer the first touch of each 2 MiB with all of them at once.
 *
 * Sources: mmap(2), mincore(2), madvise(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./mmap_anonymous_touch"
 * stdout = """
 * pages in memory: 0 of 16384
 * pages in memory: 4096 of 16384
 * """
 * [/lkmc]
 */
#include "mmap_anonymous.h"
#include <errno.h>

int main(void)
{
	size_t page = getpagesize();
	char *memory = map();

	/* EINVAL: this kernel has none. */
	if (madvise(memory, BYTES, MADV_NOHUGEPAGE) && errno != EINVAL)
		die("madvise");
	print_resident(memory);
	for (size_t i = 0; i < BYTES; i += 4 * page)
		((volatile char *)memory)[i] = 1;
	print_resident(memory);
	return 0;
}
