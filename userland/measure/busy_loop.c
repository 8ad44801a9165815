// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A loop whose length is the argument, to be measured: how many cycles does an iteration take?
 *
 * Each iteration is one step of a linear congruential generator, so that no compiler can leave it out and no processor can
 * begin one before it has the result of the last: a multiplication, an addition, a comparison and a branch. On gem5's
 * AtomicSimpleCPU an instruction takes one cycle; on HPI and DerivO3CPU the multiplication's latency decides:
 *
 *     lkmc bench run aarch64-gem5-hpi --demos measure/busy_loop.c -- busy_loop 10000
 *
 * Sources: the generator's constants are MMIX's (Knuth, The Art of Computer Programming, volume 2, section 3.3.4).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "counts"
 * guest = "./busy_loop 1000"
 * stdout = "1000 iterations: f517ff66df0cbea9\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./busy_loop some"
 * status = 2
 * stderr = "usage: busy_loop ITERATIONS\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	char *end = NULL;
	uint64_t iterations = argc == 2 ? strtoull(argv[1], &end, 10) : 0;
	uint64_t state = 1;

	if (!end || end == argv[1] || *end) {
		fprintf(stderr, "usage: busy_loop ITERATIONS\n");
		return 2;
	}
	for (uint64_t i = 0; i < iterations; i++)
		state = state * 6364136223846793005u + 1442695040888963407u;
	printf("%" PRIu64 " iterations: %016" PRIx64 "\n", iterations, state);
	return 0;
}
