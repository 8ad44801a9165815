// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lose an update: two threads add 1 to the same variable, and it grows by 1.
 *
 * `counter = counter + 1` is three steps: load, add, store. If another thread stores between our load and our store, its
 * addition is overwritten:
 *
 *     thread 0    thread 1    counter
 *     load 0                        0
 *                 load 0            0
 *     store 1                       1
 *                 store 1           1
 *
 * "forced" makes this order with a barrier between the steps: it loses one every time, on one processor too. "lose" leaves
 * the order to chance, and repeats until it has happened. On several processors that takes one attempt; on one processor
 * the thread must be interrupted between two certain instructions, and it takes more.
 *
 * In C such an access from two threads is a data race, and the program has no defined meaning. How to do it right:
 * std_atomic.c, mutex.c. How to find it by a tool: -fsanitize=thread.
 *
 * Sources: C11, 5.1.2.4 paragraph 25.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "forced"
 * guest = "./fail forced"
 * stdout = "expected 2, got 1\n"
 * [[lkmc.run]]
 * name = "by chance"
 * machine.cpus = 2
 * guest = "./fail lose"
 * stdout = "some were lost\n"
 * timeout = "120s"
 * [/lkmc]
 */
#include "count.h"

static inline void add_one(unsigned long *number)
{
	/* volatile: or the compiler adds all rounds at once. */
	volatile unsigned long *place = number;

	*place = *place + 1;
}

static void *add_in_steps(void *argument)
{
	volatile unsigned long *place = argument;
	unsigned long loaded = *place;

	/* No thread gets past here before both have loaded. */
	pthread_barrier_wait(&start);
	*place = loaded + 1;
	return NULL;
}

static int forced(void)
{
	pthread_t other;

	pthread_barrier_init(&start, NULL, 2);
	if (pthread_create(&other, NULL, add_in_steps, &counter))
		return EXIT_FAILURE;
	add_in_steps(&counter);
	pthread_join(other, NULL);
	printf("expected 2, got %lu\n", counter);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "forced"))
		return forced();
	return count_main(argc, argv);
}
