// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let threads work in phases: nobody begins the next one before all have ended this one.
 *
 * A barrier is made for a number of threads. pthread_barrier_wait(3) returns when so many have called it, in all of them,
 * and the barrier is ready for the next round. One of them, which is not said, gets PTHREAD_BARRIER_SERIAL_THREAD: it can
 * do what is to be done once.
 *
 * Each thread writes its own place in an array, then reads those of all others: without a barrier after the writing some
 * would still be old; without one after the reading a fast thread would overwrite what a slow one has not read.
 *
 * Sources: pthread_barrier_wait(3p).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./pthread_barrier"
 * stdout = """
 * 4 threads, 1000 phases: 1000 serial threads, 0 old values seen
 * """
 * [/lkmc]
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 4
#define PHASES 1000

static pthread_barrier_t barrier;
/* Ordinary variables: the barrier is what makes it safe to read what others wrote. */
static int phase_of[THREADS];
static atomic_int serial_threads, old_values;

static void *work(void *argument)
{
	int *mine = argument;

	for (int phase = 1; phase <= PHASES; phase++) {
		*mine = phase;
		if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
			serial_threads++;
		for (int i = 0; i < THREADS; i++)
			if (phase_of[i] != phase)
				old_values++;
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, &phase_of[i])) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&barrier);
	printf("%d threads, %d phases: %d serial threads, %d old values seen\n", THREADS, PHASES, serial_threads, old_values);
	return EXIT_SUCCESS;
}
