// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask for more memory than the machine has: in one piece, in many, and under each rule of the kernel's.
 *
 *     malloc_size PIECES MEBIBYTES
 *
 * What malloc() gets from the kernel for a large block is address space. Pages of memory come when they are touched
 * (malloc_touch.c), so the kernel may grant more than there is: it overcommits. /proc/sys/vm/overcommit_memory is the rule:
 *
 *     0   refuse only what could never work: one request that is larger than all memory and swap
 *     1   refuse nothing
 *     2   count what all processes were granted, and stay below CommitLimit of /proc/meminfo: here half of the memory
 *
 * The machine has 256 MiB and no swap. Rule 0 refuses 1024 MiB, but grants 16 times 64 MiB, because it looks at each
 * request by itself. In all of that RssAnon, the memory that the process has, stays where it was.
 *
 * Sources: kernel documentation, mm/overcommit-accounting.rst; malloc(3), proc(5).
 *
 * [lkmc]
 * machine.memory = "256MiB"
 *
 * [[lkmc.run]]
 * name = "heuristic"
 * guest = '''
 * echo 0 > /proc/sys/vm/overcommit_memory
 * ./malloc_size 1 1024
 * ./malloc_size 16 64
 * '''
 * stdout = """
 * 0 of 1 pieces of 1024 MiB: VmSize + 0 MiB, RssAnon + 0 MiB, then Cannot allocate memory
 * 16 of 16 pieces of 64 MiB: VmSize + 1024 MiB, RssAnon + 0 MiB
 * """
 * [[lkmc.run]]
 * name = "always"
 * guest = '''
 * echo 1 > /proc/sys/vm/overcommit_memory
 * ./malloc_size 1 1024
 * '''
 * stdout = "1 of 1 pieces of 1024 MiB: VmSize + 1024 MiB, RssAnon + 0 MiB\n"
 * [[lkmc.run]]
 * name = "never"
 * guest = '''
 * echo 2 > /proc/sys/vm/overcommit_memory
 * ./malloc_size 16 64
 * '''
 * stdout = "1 of 16 pieces of 64 MiB: VmSize + 64 MiB, RssAnon + 0 MiB, then Cannot allocate memory\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./malloc_size 1"
 * status = 2
 * stderr = "usage: malloc_size PIECES MEBIBYTES\n"
 * [/lkmc]
 */
#include "proc_self.h"
#include <errno.h>

int main(int argc, char **argv)
{
	int pieces = argc == 3 ? atoi(argv[1]) : 0;
	size_t mebibytes = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct memory before = memory_now(), more;
	int granted = 0, error = 0;

	if (pieces <= 0 || !mebibytes || mebibytes > 2047) {
		fprintf(stderr, "usage: malloc_size PIECES MEBIBYTES\n");
		return 2;
	}
	for (; granted < pieces; granted++) {
		/* volatile: what is never used need not be allocated, and a compiler may see that. */
		void *volatile piece = malloc(mebibytes << 20);

		if (!piece) {
			error = errno;
			break;
		}
	}
	more = memory_since(before);
	printf("%d of %d pieces of %zu MiB: VmSize + %ld MiB, RssAnon + %ld MiB", granted, pieces, mebibytes, more.size, more.resident);
	if (error)
		printf(", then %s", strerror(error));
	putchar('\n');
	return EXIT_SUCCESS;
}
