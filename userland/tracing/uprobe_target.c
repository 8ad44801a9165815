// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program with one function that is worth probing: the companion of uprobe_events.sh.
 *
 * `./uprobe_target offset` prints where in the program's file the function begins, which is what
 * a uprobe is set on. `./uprobe_target A B` prints the sum of the two, computed by that function.
 *
 * The kernel knows no symbols of user programs: a uprobe is a pair of file and offset, and every
 * process that maps that file, now or later, has the probe. Tools find the offset in the symbol
 * table. This program finds its own in /proc/self/maps: the mapping that holds the function says
 * at which offset of the file it begins.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./uprobe_target 2 3"
 * stdout = "5\n"
 * [/lkmc]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * On 32-bit Arm compilers prefer the Thumb encoding. The kernel can set uprobes only in the other
 * one, and return probes only if the caller has the other one too.
 */
#ifdef __arm__
#pragma GCC target("arm")
#endif

/* noipa keeps call, argument registers and result as the calling convention has them. */
__attribute__((noipa))
static int uprobe_target_add(int a, int b)
{
	return a + b;
}

static int print_offset(uintptr_t address)
{
	unsigned long begin, end, offset;
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "r");

	if (!maps) {
		perror("/proc/self/maps");
		return 1;
	}
	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*4s %lx", &begin, &end, &offset) != 3)
			continue;
		if (begin <= address && address < end) {
			printf("0x%lx\n", (unsigned long)address - begin + offset);
			fclose(maps);
			return 0;
		}
	}
	fclose(maps);
	fprintf(stderr, "no mapping holds %#lx\n", (unsigned long)address);
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "offset"))
		return print_offset((uintptr_t)uprobe_target_add);
	if (argc != 3) {
		fprintf(stderr, "usage: %s offset | A B\n", argv[0]);
		return 2;
	}
	printf("%d\n", uprobe_target_add(atoi(argv[1]), atoi(argv[2])));
	return 0;
}
