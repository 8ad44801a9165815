// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep until another processor sends an event.
 *
 * WFE sleeps until there is an event; SEV sends one to all processors. An event that comes before the WFE is kept, one bit of it,
 * so that none is lost between the look at the variable and the sleep, and a WFE may also return without one: hence the loop (Arm
 * ARM DDI 0487, "Wait for Event"). The DSB before SEV makes that the other processor, awake, finds what was stored.
 *
 * Both are hints. gem5 stops a processor at WFE: without the SEV here it says that all processors wait, and the verdict is
 * `timeout`. On QEMU SEV does nothing, and WFE lets other processors run and returns.
 *
 * [lkmc]
 * machine = { cpus = 2 }
 *
 * [[lkmc.run]]
 * stdout = "20 turns, each by the processor whose turn it was: 1\n"
 * [/lkmc]
 */

#include <lkmc/board.h>
#include <stdatomic.h>
#include <stdio.h>

#define PROCESSORS 2
#define ROUNDS 10

static atomic_uint turn;
/* Who plays out of turn breaks this: it is no atomic variable. */
static unsigned int turns;

static void play(unsigned int processor)
{
	if (processor >= PROCESSORS)
		return;
	for (int i = 0; i < ROUNDS; i++) {
		while (atomic_load(&turn) % PROCESSORS != processor)
			asm volatile("wfe");
		turns++;
		atomic_fetch_add(&turn, 1);
		asm volatile("dsb sy\n\tsev" : : : "memory"); /* gdb: turn */
	}
}

int main(void)
{
	lkmc_start_others(play);
	play(0);
	while (atomic_load(&turn) < PROCESSORS * ROUNDS)
		asm volatile("wfe");
	printf("%u turns, each by the processor whose turn it was: %d\n", turns, turns == atomic_load(&turn));
	return 0;
}
