// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kernel says about this process's memory, in whole MiB. Shared by malloc_size.c, malloc_touch.c and memory_leak.c.
 *
 * VmSize is all address space that has a meaning. VmRSS ("resident set size") is the part of it that has pages of memory
 * now, and RssAnon what of that belongs to no file, as all that malloc() gives out. The rest of VmRSS is mostly the program
 * itself, whose pages come in when they are first executed, and would disturb the count. The kernel adds up now and then,
 * so the last 200 KiB are uncertain; rounded they are not.
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
		sscanf(line, "RssAnon: %ld", &now.resident);
	}
	if (now.size < 0 || now.resident < 0) {
		fprintf(stderr, "/proc/self/status has no VmSize or no RssAnon\n");
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
