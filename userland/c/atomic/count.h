// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count in one variable from two threads at once. What one step is, `add_one()`, is the matter of each file that includes
 * this.
 *
 *     all ROUNDS    each thread counts so often; status 0 if none is lost
 *     lose ROUNDS   the same again and again until one is lost; status 0 if that happens within 10000 attempts
 *
 * That something may be lost is no promise that it will be, in a certain time: so the second repeats. Threads start at a
 * barrier, to be there at the same time.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 2
#define ATTEMPTS 10000

static unsigned long counter;
static unsigned long rounds;
static pthread_barrier_t start;

static inline void add_one(unsigned long *number);

static void *count(void *argument)
{
	pthread_barrier_wait(&start);
	for (unsigned long i = 0; i < rounds; i++)
		add_one(&counter);
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

static int count_all(void)
{
	unsigned long lost = attempt();

	printf("expected %lu, got %lu\n", THREADS * rounds, THREADS * rounds - lost);
	return lost ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int count_until_lost(void)
{
	for (int i = 0; i < ATTEMPTS; i++)
		if (attempt()) {
			printf("expected %lu, got less\n", THREADS * rounds);
			return EXIT_SUCCESS;
		}
	printf("nothing was lost in %d attempts\n", ATTEMPTS);
	return EXIT_FAILURE;
}

static int count_main(int argc, char **argv)
{
	rounds = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	if (!rounds || rounds > 1000000000 || (strcmp(argv[1], "all") && strcmp(argv[1], "lose"))) {
		fprintf(stderr, "usage: all|lose ROUNDS\n");
		return 2;
	}
	pthread_barrier_init(&start, NULL, THREADS);
	return argv[1][0] == 'a' ? count_all() : count_until_lost();
}
