// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/PID/pagemap: one 64-bit number per virtual page of a process, saying where the page is.
 *
 * Sources: kernel documentation, admin-guide/mm/pagemap.rst.
 */
#ifndef LKMC_PAGEMAP_H
#define LKMC_PAGEMAP_H

#include <assert.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* An entry for a high address lies far behind 2 GiB: include with _FILE_OFFSET_BITS 64. */
static_assert(sizeof(off_t) == 8, "64-bit file offsets");

#define PAGEMAP_PRESENT (1ULL << 63)
#define PAGEMAP_SWAPPED (1ULL << 62)
/* A page of a file, or of shared anonymous memory. */
#define PAGEMAP_FILE_OR_SHARED (1ULL << 61)
/* Written to since somebody cleared this bit through /proc/PID/clear_refs. */
#define PAGEMAP_SOFT_DIRTY (1ULL << 55)
/* Number of the page frame: the physical address divided by the page size. */
#define PAGEMAP_FRAME(entry) ((entry) & ((1ULL << 55) - 1))

static inline int pagemap_open(const char *pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	return open(path, O_RDONLY);
}

/* 0, or -1 when the address is not one that the process could have. */
static inline int pagemap_read(int pagemap, uint64_t address, uint64_t *entry)
{
	uint64_t page = address / getpagesize();

	return pread(pagemap, entry, sizeof(*entry), page * sizeof(*entry)) == sizeof(*entry) ?
		       0 : -1;
}

#endif
