// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep one busy thread per processor, and see the scheduler spread them until each has a
 * processor to itself.
 *
 * Unlike in sched_getcpu.c the threads exist at the same time and never sleep: each writes down
 * again and again where it is. Two busy threads on one processor while another is idle is what
 * the scheduler's load balancer mends, within milliseconds. When all threads are in different
 * places the program ends; it gives up after ten seconds.
 *
 * Sources: sched_getcpu(3); kernel documentation, scheduler/sched-domains.rst.
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./sched_getcpu_barrier"
 * stdout = "2 threads on 2 processors\n"
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define MAX_THREADS 64
#define PATIENCE 10

/* Processor + 1 of each thread; 0 before it has looked. */
static atomic_int places[MAX_THREADS];
static atomic_bool done;

static void *run(void *argument)
{
	atomic_int *place = argument;

	while (!done)
		*place = sched_getcpu() + 1;
	return NULL;
}

/* How many different processors the threads were on when they last looked. */
static int spread(int count)
{
	int different = 0;
	cpu_set_t seen;

	CPU_ZERO(&seen);
	for (int i = 0; i < count; i++) {
		int place = places[i];

		if (place && !CPU_ISSET(place - 1, &seen)) {
			CPU_SET(place - 1, &seen);
			different++;
		}
	}
	return different;
}

int main(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };
	int count = sysconf(_SC_NPROCESSORS_ONLN), different = 0;
	time_t limit = time(NULL) + PATIENCE;
	pthread_t threads[MAX_THREADS];

	if (count > MAX_THREADS)
		count = MAX_THREADS;
	for (int i = 0; i < count; i++) {
		if (pthread_create(&threads[i], NULL, run, &places[i])) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	}
	while (different < count && time(NULL) < limit) {
		nanosleep(&moment, NULL);
		different = spread(count);
	}
	done = 1;
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%d threads on %d processors\n", count, different);
	return different == count ? EXIT_SUCCESS : EXIT_FAILURE;
}
