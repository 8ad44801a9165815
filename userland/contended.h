// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeat a demo of "nothing is lost" until something would have been lost without what it shows.
 *
 * Threads that never come to the same place at the same time lose nothing, whatever they count with. So they also add to a
 * counter without any protection, `plain`, in the same loop. Only an attempt in which that one has lost says something about the
 * other one, and three such attempts are asked for:
 *
 *     do {
 *             start the threads, each of which counts so often as `rounds` says, each time with an add_plain(); wait for them
 *     } while (again(was nothing lost, how many threads));
 *
 * When that happens is chance, and the longer threads run the likelier they meet: `rounds` is doubled until it has happened. If it
 * does not within 100 attempts, the program says so and fails. On one processor it need never happen.
 */
#ifndef CONTENDED_H
#define CONTENDED_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { CONTENDED = 3, ATTEMPTS = 100, MOST_ROUNDS = 1 << 22 };

static unsigned long rounds = 1 << 10;
static unsigned long plain;

/* Each access is atomic, so that the compiler leaves none out and the program is a defined one; the two together are not. */
static inline void add_plain(void)
{
	__atomic_store_n(&plain, __atomic_load_n(&plain, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
}

/* To be called while no other thread runs. */
static inline bool again(bool exact, unsigned long threads)
{
	static int attempts, contended;
	bool has_lost = plain < threads * rounds;

	plain = 0;
	attempts++;
	contended += has_lost;
	if (!exact || contended == CONTENDED)
		return false;
	if (attempts == ATTEMPTS) {
		fprintf(stderr, "a plain counter lost in %d of %d attempts: too few to tell\n", contended, attempts);
		exit(EXIT_FAILURE);
	}
	if (!has_lost && rounds < MOST_ROUNDS)
		rounds *= 2;
	return true;
}

#endif
