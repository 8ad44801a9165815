// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show all pages of a process that are in memory, with the page frames behind them: pagemap_dump
 * PID.
 *
 * /proc/PID/maps lists the mappings of a process: ranges of addresses, and what file or purpose
 * they have. For each page of a mapping, /proc/PID/pagemap has a 64-bit entry. The columns are
 * the page's virtual address; the number of its page frame (pfn: physical address / page size), or
 * `-` if it is swapped out, where the entry says the place in the swap area instead;
 * whether it was written to since its soft-dirty bit was cleared (0 where the kernel does not
 * keep track); whether it belongs to a file or to shared memory; whether it is swapped out,
 * present; and the mapping's name.
 *
 * Only pages that are present or swapped out are shown, since a mapping can be terabytes long
 * with nothing in it. Notice in the demo: the program's own pages come from the file until they
 * are written to. Text is `file/shared`, the stack is not. And two processes that run the same
 * program have the same frame for the same page of its text.
 *
 * Sources: kernel documentation, admin-guide/mm/pagemap.rst; proc(5).
 *
 * [lkmc]
 * kconfig = ["PROC_PAGE_MONITOR=y"]
 * companion = ["../posix/virt_to_phys_test.c"]
 *
 * [[lkmc.run]]
 * guest = '''
 * mkfifo lines
 * ./virt_to_phys_test > lines &
 * exec 3< lines
 * read -r _ address <&3
 * ./pagemap_dump $!
 * # The page that holds the variable.
 * echo variable: $(./pagemap_dump $! | grep "^$(printf %x $((address & ~4095))) ")
 * # The first page of text, in two processes.
 * ./virt_to_phys_test > /dev/null &
 * echo text: $(for pid in $(pidof virt_to_phys_test); do ./pagemap_dump $pid | grep test | head -n 1; done | cut -d " " -f 2)
 * '''
 * stdout-has = [
 *     "vaddr pfn soft-dirty file/shared swapped present library",
 *     "{hex} {hex} {dec} 1 0 1 {any}/virt_to_phys_test",
 *     "{hex} {hex} {dec} 0 0 1 [stack]",
 *     "variable: {hex} {hex} {dec} {dec} 0 1 {any}/virt_to_phys_test",
 *     "text: {hex:frame} {hex:frame}",
 * ]
 * [/lkmc]
 */
#define _FILE_OFFSET_BITS 64
#include "pagemap.h"

static void dump(int pagemap, uint64_t begin, uint64_t end, const char *name)
{
	for (uint64_t address = begin; address < end; address += getpagesize()) {
		char frame[20] = "-";
		uint64_t entry;

		if (pagemap_read(pagemap, address, &entry))
			return;
		if (!(entry & (PAGEMAP_PRESENT | PAGEMAP_SWAPPED)))
			continue;
		if (entry & PAGEMAP_PRESENT)
			snprintf(frame, sizeof(frame), "%llx", (unsigned long long)PAGEMAP_FRAME(entry));
		printf("%llx %s %d %d %d %d %s\n", (unsigned long long)address, frame,
		       !!(entry & PAGEMAP_SOFT_DIRTY),
		       !!(entry & PAGEMAP_FILE_OR_SHARED), !!(entry & PAGEMAP_SWAPPED),
		       !!(entry & PAGEMAP_PRESENT), name);
	}
}

int main(int argc, char **argv)
{
	char path[64], line[4096];
	FILE *maps;
	int pagemap;

	if (argc != 2) {
		fprintf(stderr, "usage: %s PID\n", argv[0]);
		return 2;
	}
	snprintf(path, sizeof(path), "/proc/%s/maps", argv[1]);
	maps = fopen(path, "r");
	pagemap = pagemap_open(argv[1]);
	if (!maps || pagemap < 0) {
		perror(argv[1]);
		return 1;
	}
	puts("vaddr pfn soft-dirty file/shared swapped present library");
	while (fgets(line, sizeof(line), maps)) {
		unsigned long long begin, end;
		char name[4096] = "";

		/* begin-end permissions offset device inode name */
		if (sscanf(line, "%llx-%llx %*s %*s %*s %*s %4095[^\n]", &begin, &end, name) >= 2)
			dump(pagemap, begin, end, name);
	}
	fclose(maps);
	return 0;
}
