// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Translate a virtual address of any process into a physical address: virt_to_phys_user PID
 * ADDRESS.
 *
 * Every process has page tables that say which page frame, that is which piece of physical
 * memory, stands behind each page of its addresses. The processor walks them on every access, and
 * programs cannot see them. /proc/PID/pagemap shows what they hold, one 64-bit entry per page.
 * The physical address is frame number * page size + the offset in the page.
 *
 * Frame numbers help attackers, so the kernel shows them only to processes with CAP_SYS_ADMIN:
 * others read 0. And an answer can be out of date at once, since the kernel may move pages.
 *
 * The companion prints the address of a variable and waits. The demo looks up two addresses of
 * one page: both physical addresses end in the same three hexadecimal digits as the virtual ones,
 * and differ as they do. userland/memory/devmem.sh proves that the variable is really there.
 *
 * Sources: kernel documentation, admin-guide/mm/pagemap.rst.
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
 * read -r _ pid <&3
 * page=$((address & ~4095))
 * ./virt_to_phys_user $pid $page
 * ./virt_to_phys_user $pid $((page + 0xabc))
 * ./virt_to_phys_user $pid 0
 * '''
 * stdout = '''
 * 0x{hex:frame}000
 * 0x{hex:frame}abc
 * '''
 * stderr = "0: no page there\n"
 * status = 1
 * [/lkmc]
 */
#define _FILE_OFFSET_BITS 64
#include <stdlib.h>

#include "pagemap.h"

int main(int argc, char **argv)
{
	unsigned long long address;
	uint64_t entry;
	int pagemap;

	if (argc != 3) {
		fprintf(stderr, "usage: %s PID ADDRESS\n", argv[0]);
		return 2;
	}
	address = strtoull(argv[2], NULL, 0);
	pagemap = pagemap_open(argv[1]);
	if (pagemap < 0) {
		perror(argv[1]);
		return 1;
	}
	if (pagemap_read(pagemap, address, &entry) || !(entry & PAGEMAP_PRESENT)) {
		fprintf(stderr, "%s: no page there\n", argv[2]);
		return 1;
	}
	printf("0x%llx\n", (unsigned long long)PAGEMAP_FRAME(entry) * getpagesize() +
				   address % getpagesize());
	return 0;
}
