// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count in one variable from two threads at once. What one step is, `add_one()`, is the matter of each file that includes
 * this.
 *
 *     once ROUNDS   each thread counts so often; status 0 if none is lost
 *     lose          again and again, longer and longer, until one is lost; status 0 if that happens
 *     all           again and again, longer and longer, until a plain counter has lost; status 0 if this one has not
 *
 * That something may be lost is no promise that it will be, in a certain time: so the last two repeat (../../contended.h).
 * Threads start at a barrier, to be there at the same time.
 */
#include "../../contended.h"
#include <pthread.h>
#include <string.h>

#define THREADS 2

static unsigned long counter;
static pthread_barrier_t start;

static inline void add_one(unsigned long *number);

static void *count(void *argument)
{
	pthread_barrier_wait(&start);
	for (unsigned long i = 0; i < rounds; i++) {
		add_one(&counter);
		add_plain();
	}
	return argument;
}

/* What is lost when all threads have counted. */
static unsigned long attempt(void)
{
	pthread_t threads[THREADS];

	counter = 0;
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, NULL)) {
			fprintf(stderr, "cannot start thread %d\n", i);
			exit(EXIT_FAILURE);
		}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (counter > THREADS * rounds) {
		fprintf(stderr, "counted too far: %lu of %lu\n", counter, THREADS * rounds);
		exit(EXIT_FAILURE);
	}
	return THREADS * rounds - counter;
}

static int count_once(void)
{
	unsigned long lost = attempt();

	printf("expected %lu, got %lu\n", THREADS * rounds, THREADS * rounds - lost);
	return lost ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int count_all(void)
{
	unsigned long lost;

	do {
		lost = attempt();
	} while (again(!lost, THREADS));
	printf("lost: %lu\n", lost);
	return lost ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int count_until_lost(void)
{
	for (int i = 0; i < ATTEMPTS; i++) {
		if (attempt()) {
			puts("some were lost");
			return EXIT_SUCCESS;
		}
		if (rounds < MOST_ROUNDS)
			rounds *= 2;
	}
	printf("nothing was lost in %d attempts\n", ATTEMPTS);
	return EXIT_FAILURE;
}

static int count_main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	pthread_barrier_init(&start, NULL, THREADS);
	if (argc == 2 && !strcmp(how, "all"))
		return count_all();
	if (argc == 2 && !strcmp(how, "lose"))
		return count_until_lost();
	rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	if (rounds && rounds <= 1000000000 && !strcmp(how, "once"))
		return count_once();
	fprintf(stderr, "usage: all, lose, or once ROUNDS\n");
	return 2;
}
