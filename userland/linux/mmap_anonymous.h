// SPDX-License-Identifier: GPL-2.0-or-later
/* What mmap_anonymous.c and mmap_anonymous_touch.c share: a mapping, and how much is there. */
#ifndef LKMC_MMAP_ANONYMOUS_H
#define LKMC_MMAP_ANONYMOUS_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES (64UL << 20)

static inline void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static inline char *map(void)
{
	char *memory = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

/* Sum of all mappings, in kB. No stdio: its buffers would change what is measured. */
static inline long vm_size(void)
{
	static char status[4096];
	int file = open("/proc/self/status", O_RDONLY);
	const char *line;

	if (file < 0 || read(file, status, sizeof(status) - 1) <= 0)
		die("/proc/self/status");
	close(file);
	line = strstr(status, "VmSize:");
	return line ? atol(line + strlen("VmSize:")) : -1;
}

static inline void print_resident(char *memory)
{
	static unsigned char pages[BYTES / 4096];
	size_t count = BYTES / getpagesize(), resident = 0;

	if (mincore(memory, BYTES, pages))
		die("mincore");
	for (size_t i = 0; i < count; i++)
		resident += pages[i] & 1;
	printf("pages in memory: %zu of %zu\n", resident, count);
}

#endif
