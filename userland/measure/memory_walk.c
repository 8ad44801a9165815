// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Follow a chain of pointers through memory: how long does an access take, when the data fits a cache and when it does not?
 *
 * The chain visits every cache line of an array once before it comes back, in an order that no stride prefetcher guesses. The
 * address of each access is the result of the one before, so that accesses do not overlap and the time of one is what is
 * measured. Cycles over array size (`lkmc bench run` for each of them) show each level of cache as a step. The statistics are
 * those of the whole command, with its start, the allocation and the shuffle: the cycles of an access are the difference of two
 * runs that differ in ACCESSES only, divided by the difference of those. Where the array stays the same and a cache grows, the
 * step is at the size that holds the array:
 *
 *     lkmc bench sweep aarch64-gem5-hpi --over cache.l2.size=128KiB,256KiB,512KiB,1MiB --demos measure/memory_walk.c \
 *         -- memory_walk 256 20000
 *
 * The order is Sattolo's: a shuffle that leaves one single cycle, so that no part of the array is missed.
 *
 * Sources: S. Sattolo, "An algorithm to generate a random cyclic permutation", Information Processing Letters 22 (1986).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "whole"
 * guest = "./memory_walk 64 4096"
 * stdout = "1024 lines of 64 bytes, 4096 accesses, back at line 0\n"
 * [[lkmc.run]]
 * name = "part"
 * guest = "./memory_walk 64 1000"
 * stdout = "1024 lines of 64 bytes, 1000 accesses, at another line\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./memory_walk 0 1000"
 * status = 2
 * stderr = "usage: memory_walk KIBIBYTES ACCESSES\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE 64

struct line {
	struct line *next;
	char rest[LINE - sizeof(struct line *)];
};

static uint64_t number(const char *text)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	return end == text || *end ? 0 : value;
}

/* Uniform enough, and the same on every machine. */
static uint64_t below(uint64_t limit)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (state >> 32) % limit;
}

/* One cycle through all lines. */
static void chain(struct line *lines, uint64_t count)
{
	uint32_t *order = malloc(count * sizeof *order);

	if (!order) {
		fprintf(stderr, "memory_walk: out of memory\n");
		exit(1);
	}
	for (uint64_t i = 0; i < count; i++)
		order[i] = (uint32_t)i;
	for (uint64_t i = count - 1; i > 0; i--) {
		uint64_t j = below(i);
		uint32_t other = order[i];

		order[i] = order[j];
		order[j] = other;
	}
	for (uint64_t i = 0; i < count; i++)
		lines[i].next = &lines[order[i]];
	free(order);
}

int main(int argc, char **argv)
{
	uint64_t size = argc == 3 ? number(argv[1]) * 1024 : 0;
	uint64_t accesses = argc == 3 ? number(argv[2]) : 0;
	uint64_t count = size / LINE;
	struct line *lines, *at;

	if (count < 2 || !accesses) {
		fprintf(stderr, "usage: memory_walk KIBIBYTES ACCESSES\n");
		return 2;
	}
	lines = aligned_alloc(LINE, size);
	if (!lines) {
		fprintf(stderr, "memory_walk: out of memory\n");
		return 1;
	}
	chain(lines, count);
	at = lines;
	for (uint64_t i = 0; i < accesses; i++)
		at = at->next;
	printf("%" PRIu64 " lines of %d bytes, %" PRIu64 " accesses, %s\n", count, LINE, accesses,
	       at == lines ? "back at line 0" : "at another line");
	free(lines);
	return 0;
}
