// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have all processors count.
 *
 * Three processors add to one variable at once. With an atomic addition nothing is lost; what starts the second and third one
 * is in baremetal/lib/others.c: PSCI on QEMU's board, a variable and SEV on gem5's and where QEMU's has a secure world.
 *
 * Processors that do not come to the variable at the same moment lose nothing with a plain addition either. So they also add to a
 * plain variable, and all is repeated, longer and longer, until that one has lost three times.
 *
 * [lkmc]
 * machine = { cpus = 3 }
 *
 * [[lkmc.run]]
 * timeout = "120s"
 * stdout = """
 * 3 processors counted
 * plain additions were lost: yes
 * atomic additions were lost: no
 * """
 * [/lkmc]
 */

#include <lkmc/board.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>

#define PROCESSORS 3
#define CONTENDED 3
#define MOST_ROUNDS (1u << 24)

static atomic_uint arrived, sum;
static volatile unsigned int plain;
static atomic_bool is_over;
/* The first processor's, which changes them while the others wait. */
static unsigned int rounds = 1000, contended;
static bool exact = true;

/* Wait until all have come here as often as this one. */
static void meet(unsigned int *meetings)
{
	++*meetings;
	atomic_fetch_add(&arrived, 1);
	while (atomic_load(&arrived) < PROCESSORS * *meetings)
		;
}

static void judge(void)
{
	bool has_lost = plain < PROCESSORS * rounds;

	exact &= atomic_load(&sum) == PROCESSORS * rounds;
	contended += has_lost;
	if (!has_lost)
		rounds *= 2;
	plain = 0;
	atomic_store(&sum, 0);
	atomic_store(&is_over, !exact || contended == CONTENDED || rounds > MOST_ROUNDS);
}

static void count(unsigned int processor)
{
	unsigned int meetings = 0;

	if (processor >= PROCESSORS)
		return;
	while (!atomic_load(&is_over)) {
		meet(&meetings);
		for (unsigned int i = 0; i < rounds; i++) {
			atomic_fetch_add(&sum, 1);
			plain = plain + 1;
		}
		meet(&meetings);
		if (processor == 0)
			judge();
		meet(&meetings);
	}
}

int main(void)
{
	lkmc_start_others(count);
	count(0);
	printf("%d processors counted\n", PROCESSORS);
	printf("plain additions were lost: %s\n", contended == CONTENDED ? "yes" : "not often enough to tell");
	printf("atomic additions were lost: %s\n", exact ? "no" : "yes");
	return 0;
}
