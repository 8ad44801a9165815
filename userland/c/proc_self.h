// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel says about this process's memory, in whole MiB. Shared by malloc_size.c, malloc_touch.c and memory_leak.c.
 *
 * VmSize is all address space that has a meaning, VmRSS ("resident set size") the part of it that has pages of memory now.
 * The kernel counts VmRSS on each processor for itself and adds up now and then, so the last 100 KiB are uncertain; rounded
 * they are not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct memory {
	long size;
	long resident;
};

static struct memory memory_now(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	struct memory now = { -1, -1 };
	char line[200];

	while (status && fgets(line, sizeof line, status)) {
		sscanf(line, "VmSize: %ld", &now.size);
		sscanf(line, "VmRSS: %ld", &now.resident);
	}
	if (now.size < 0 || now.resident < 0) {
		fprintf(stderr, "/proc/self/status has no VmSize or no VmRSS\n");
		exit(EXIT_FAILURE);
	}
	fclose(status);
	return now;
}

/* How many MiB they have become more since then. */
static struct memory memory_since(struct memory then)
{
	struct memory now = memory_now();

	return (struct memory){ (now.size - then.size + 512) / 1024, (now.resident - then.resident + 512) / 1024 };
}
