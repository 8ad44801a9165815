// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Map 64 MiB of memory, and see that none of it exists: addresses are not memory.
 *
 * mmap(2) with MAP_ANONYMOUS only notes that these addresses are now valid. VmSize in
 * /proc/self/status, the sum of all mappings, grows by all of it; mincore(2), which says for each
 * page whether it is in memory, finds none. Memory comes page by page, with the first touch: see
 * mmap_anonymous_touch.c.
 *
 * That is why a machine can promise more memory than it has ("overcommit").
 *
 * Sources: mmap(2), mincore(2); kernel documentation, mm/overcommit-accounting.rst.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./mmap_anonymous"
 * stdout = """
 * VmSize has grown by 65536 kB
 * pages in memory: 0 of 16384
 * """
 * [/lkmc]
 */
#include "mmap_anonymous.h"

int main(void)
{
	long before = vm_size();
	char *memory = map();

	printf("VmSize has grown by %ld kB\n", vm_size() - before);
	print_resident(memory);
	return 0;
}
