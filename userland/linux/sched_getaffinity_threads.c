// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bind each of two threads to a processor of its own: affinity belongs to threads, not to
 * processes.
 *
 * pthread_attr_setaffinity_np(3) decides it before the thread begins. Both threads read their
 * mask and their processor, and main(), which was never bound, still has both processors. The
 * debugger sees the two threads on two processors too: `info threads` in GDB with the emulator
 * shows processors, and each stands in one of the threads.
 *
 * Sources: pthread_attr_setaffinity_np(3), sched_getcpu(3).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./sched_getaffinity_threads"
 * stdout = """
 * thread 0: may use 1 processor, is on 0
 * thread 1: may use 1 processor, is on 1
 * main: may use 2 processors
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 2

struct place {
	int allowed;
	int processor;
};

static void die(const char *what)
{
	fprintf(stderr, "%s failed\n", what);
	exit(EXIT_FAILURE);
}

static int count_allowed(void)
{
	cpu_set_t mask;

	if (sched_getaffinity(0, sizeof(mask), &mask))
		die("sched_getaffinity");
	return CPU_COUNT(&mask);
}

static void *look(void *argument)
{
	struct place *place = argument;

	place->allowed = count_allowed();
	place->processor = sched_getcpu();
	return NULL;
}

int main(void)
{
	struct place places[THREADS];
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		pthread_attr_t attr;
		cpu_set_t one;

		CPU_ZERO(&one);
		CPU_SET(i, &one);
		if (pthread_attr_init(&attr) ||
		    pthread_attr_setaffinity_np(&attr, sizeof(one), &one) ||
		    pthread_create(&threads[i], &attr, look, &places[i]))
			die("pthread_create");
		pthread_attr_destroy(&attr);
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		printf("thread %d: may use %d processor, is on %d\n", i, places[i].allowed,
		       places[i].processor);
	}
	printf("main: may use %d processors\n", count_allowed());
	return EXIT_SUCCESS;
}
