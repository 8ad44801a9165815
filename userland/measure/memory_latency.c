// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read memory in random order, in blocks from 1 KiB to the size that is the argument: how long does an access take?
 *
 * Every line of a block has the address of another, so that an access cannot begin before the last one ended. As the block
 * grows, each cache that it no longer fits shows as a step, and so does the TLB: among 4 KiB pages a large block pays for
 * translations too. With two chains there are always two accesses that do not depend on each other. What two take together is
 * what one takes, as long as the processor lets one access go on while another waits for memory; an in-order processor that
 * stops at the first use of a value still has both under way, one that stops at the miss itself has not.
 *
 * memory_walk has one chain in one block, to be measured from outside. Here the guest's clock measures:
 *
 *     lkmc profile run aarch64-gem5-hpi --demos measure/memory_latency.c -- memory_latency 2048 2000
 *
 * The chain is Sattolo's: a shuffle that leaves one single cycle. That it visits each line once is checked before it is used,
 * which also warms the caches. The second chain is the same cycle half-way round, so the two meet in no line.
 *
 * Sources: S. Sattolo, "An algorithm to generate a random cyclic permutation", Information Processing Letters 22 (1986);
 * J. L. Hennessy and D. A. Patterson, Computer Architecture, chapter 2, "Nonblocking caches".
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "small"
 * guest = "./memory_latency 16 1000"
 * stdout = """
 * 1 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 15 and 0
 * 2 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 18 and 9
 * 4 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 42 and 47
 * 8 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 35 and 50
 * 16 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 16 and 179
 * """
 * [[lkmc.run]]
 * name = "large"
 * guest = "./memory_latency 1024 10000"
 * stdout-has = [
 *     "64 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 445 and 693",
 *     "1024 KiB: one chain {dec}.{dec} ns, two {dec}.{dec} ns, at lines 7115 and 14362",
 * ]
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./memory_latency 0 1000"
 * status = 2
 * stderr = "usage: memory_latency KIBIBYTES ACCESSES\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define LINE 64

struct line {
	struct line *next;
	char rest[LINE - sizeof(struct line *)];
};

static uint64_t number(const char *text, uint64_t largest)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	return end == text || *end || value > largest ? 0 : value;
}

/* Uniform enough, and the same on every machine and in every block. */
static size_t below(uint64_t *state, size_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (size_t)((*state >> 32) % limit);
}

/* One cycle through all lines, shuffled in place. */
static void chain(struct line *lines, size_t count)
{
	uint64_t state = 1;

	for (size_t i = 0; i < count; i++)
		lines[i].next = &lines[i];
	for (size_t i = count - 1; i > 0; i--) {
		size_t j = below(&state, i);
		struct line *other = lines[i].next;

		lines[i].next = lines[j].next;
		lines[j].next = other;
	}
}

/* Line 0 comes again after `count` steps and not before, which no line visited twice or left out allows; the line half-way. */
static struct line *check(struct line *lines, size_t count)
{
	struct line *at = lines->next, *half = NULL;
	size_t steps = 1;

	for (; at != lines && steps < count; at = at->next, steps++)
		if (steps == count / 2)
			half = at;
	if (at != lines || steps != count || !half) {
		fprintf(stderr, "memory_latency: the chain through %zu lines ends after %zu\n", count, steps);
		exit(1);
	}
	return half;
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Tenths of a nanosecond for each step of one chain; where it stands afterwards. */
static uint64_t walk_one(struct line **at, uint64_t accesses)
{
	struct line *one = *at;
	uint64_t time = nanoseconds();

	for (uint64_t i = 0; i < accesses; i++)
		one = one->next;
	*at = one;
	return (nanoseconds() - time) * 10 / accesses;
}

/* The same for a step of both. */
static uint64_t walk_two(struct line *at[2], uint64_t accesses)
{
	struct line *one = at[0], *two = at[1];
	uint64_t time = nanoseconds();

	for (uint64_t i = 0; i < accesses; i++) {
		one = one->next;
		two = two->next;
	}
	at[0] = one;
	at[1] = two;
	return (nanoseconds() - time) * 10 / accesses;
}

static void measure(struct line *lines, size_t kibibytes, uint64_t accesses)
{
	size_t count = kibibytes * 1024 / LINE;
	struct line *alone = lines, *both[2] = { lines };
	uint64_t one, two;

	chain(lines, count);
	both[1] = check(lines, count);
	one = walk_one(&alone, accesses);
	two = walk_two(both, accesses);
	if (both[0] != alone) {
		fprintf(stderr, "memory_latency: one chain of %zu KiB ends at two places\n", kibibytes);
		exit(1);
	}
	printf("%zu KiB: one chain %" PRIu64 ".%" PRIu64 " ns, two %" PRIu64 ".%" PRIu64 " ns, at lines %td and %td\n", kibibytes,
	       one / 10, one % 10, two / 10, two % 10, both[0] - lines, both[1] - lines);
}

int main(int argc, char **argv)
{
	uint64_t largest = argc == 3 ? number(argv[1], 1 << 20) : 0;
	uint64_t accesses = argc == 3 ? number(argv[2], UINT32_MAX) : 0;
	struct line *lines;

	if (!largest || !accesses) {
		fprintf(stderr, "usage: memory_latency KIBIBYTES ACCESSES\n");
		return 2;
	}
	lines = aligned_alloc(LINE, (size_t)largest * 1024);
	if (!lines) {
		fprintf(stderr, "memory_latency: out of memory\n");
		return 1;
	}
	for (size_t size = 1; size <= largest; size *= 2)
		measure(lines, size, accesses);
	free(lines);
	return 0;
}
