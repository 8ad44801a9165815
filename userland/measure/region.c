// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measure one part of a program on gem5: what comes before it is counted apart, and run once for many machines.
 *
 * m5_reset_stats() sets gem5's statistics to zero, m5_dump_stats() writes them: the first dump is of the warm-up, the second of the
 * region alone. lkmc's own dump, at the command's end, is the third.
 *
 *     lkmc profile run aarch64-gem5-hpi --demos measure/region.c -- region 10000
 *     lkmc gem5 stats last --dump 2 'numCycles$'
 *     lkmc bench sweep aarch64-gem5-hpi --over cache.l2.size=256KiB,1MiB --demos measure/region.c --dump 2 -- region 10000
 *
 * m5_checkpoint() between the two saves the machine, and a restored one continues behind it. So a warm-up on the fastest model
 * serves all others; there the region's dump is the first:
 *
 *     lkmc profile run aarch64-gem5-atomic --demos measure/region.c -- region 10000
 *     lkmc profile run aarch64-gem5-hpi --restore last
 *     lkmc gem5 stats last --dump 1 'numCycles$'
 *
 * The program prints nothing before the checkpoint: what the agent had not passed on by then would come after it. The table is
 * warm in memory and, on the machine that filled it, in the caches; a checkpoint has no contents of caches, so a restored region
 * finds them cold.
 *
 * Sources: gem5: src/sim/pseudo_inst.cc; the generator's constants are MMIX's (Knuth, The Art of Computer Programming, volume 2,
 * section 3.3.4).
 *
 * [lkmc]
 * arches = ["aarch64", "arm"]
 * [[lkmc.run]]
 * name = "sums"
 * guest = "./region 1000"
 * stdout = "1000 rounds: 146ee599c61e3224\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./region"
 * status = 2
 * stderr = "usage: region ROUNDS\n"
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "gem5's own instructions: on QEMU the first of them is an illegal instruction, and the program gets SIGILL"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "m5ops.h"

/* Half a megabyte: more than a first level of cache, less than most second ones. */
#define ENTRIES 65536u

static uint64_t table[ENTRIES];

static uint64_t next(uint64_t state)
{
	return state * 6364136223846793005u + 1442695040888963407u;
}

static void warm_up(void)
{
	uint64_t state = 1;

	for (unsigned int i = 0; i < ENTRIES; i++)
		table[i] = state = next(state);
}

/* Each round's place depends on what the one before it found. */
static uint64_t region(uint64_t rounds)
{
	uint64_t state = 1;

	for (uint64_t i = 0; i < rounds; i++)
		state = next(state + table[(state >> 40) % ENTRIES]);
	return state;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	uint64_t rounds = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
	uint64_t sum;

	if (!end || end == argv[1] || *end) {
		fprintf(stderr, "usage: region ROUNDS\n");
		return 2;
	}

	m5_reset_stats(0, 0);
	warm_up();
	m5_dump_stats(0, 0);

	m5_checkpoint(0, 0);

	m5_reset_stats(0, 0);
	sum = region(rounds);
	m5_dump_stats(0, 0);

	printf("%" PRIu64 " rounds: %016" PRIx64 "\n", rounds, sum);
	return 0;
}
