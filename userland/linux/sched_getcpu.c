// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Start some threads and let each say on which processor it found itself: sched_getcpu [THREADS].
 *
 * The scheduler chooses. A thread this short may well have ended before the next is started, so
 * all of them on the first processor is a perfectly good answer. sched_getcpu_barrier.c keeps
 * them alive together.
 *
 * Sources: sched_getcpu(3).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./sched_getcpu 4"
 * stdout = """
 * thread 0: processor {dec}
 * thread 1: processor {dec}
 * thread 2: processor {dec}
 * thread 3: processor {dec}
 * all of them are processors that it may use: 1
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static void *ask(void *argument)
{
	(void)argument;
	return (void *)(intptr_t)sched_getcpu();
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1, valid = 1;
	cpu_set_t allowed;
	pthread_t *threads = calloc(count, sizeof(*threads));

	for (int i = 0; i < count; i++) {
		if (!threads || pthread_create(&threads[i], NULL, ask, NULL)) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	}
	if (sched_getaffinity(0, sizeof(allowed), &allowed)) {
		perror("sched_getaffinity");
		return EXIT_FAILURE;
	}
	for (int i = 0; i < count; i++) {
		void *processor;

		pthread_join(threads[i], &processor);
		printf("thread %d: processor %d\n", i, (int)(intptr_t)processor);
		valid = valid && (intptr_t)processor >= 0 && CPU_ISSET((intptr_t)processor, &allowed);
	}
	printf("all of them are processors that it may use: %d\n", valid);
	free(threads);
	return EXIT_SUCCESS;
}
