// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Start threads, several at once and one batch after the other, and ask each who it is.
 *
 *     pthread_self N...
 *
 * Each argument is a batch of so many threads, which are all alive at the same time; the next batch begins when all have
 * ended. A thread has two names: pthread_self(3), an opaque value of the C library, only to be compared with
 * pthread_equal(3), and valid in this process only; and gettid(2), the number of the kernel's task, unique in the system.
 * In the first thread gettid() is getpid(). A variable that is _Thread_local exists once in each thread. That names can be
 * used again is why the batches are compared each for itself.
 *
 * On gem5 without a kernel a thread needs a processor of its own: `pthread_self 1 2` needs three. Those of the first batch
 * are free again for the second.
 *
 * Sources: pthread_self(3), gettid(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./pthread_self 1 2 5"
 * stdout = """
 * main: gettid() is getpid()
 * batch of 1: all different, one process, each with its own variable
 * batch of 2: all different, one process, each with its own variable
 * batch of 5: all different, one process, each with its own variable
 * main: its variable is still 0
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct who {
	pthread_t self;
	pid_t task, process;
	int own;
};

static pthread_barrier_t all_here;
static _Thread_local int variable;

static void describe(struct who *who)
{
	*who = (struct who){ pthread_self(), gettid(), getpid(), variable };
}

static void *run(void *argument)
{
	variable++;
	describe(argument);
	/* A thread that had ended could have left its names to the next. */
	pthread_barrier_wait(&all_here);
	return NULL;
}

static bool same(const struct who *a, const struct who *b)
{
	return pthread_equal(a->self, b->self) || a->task == b->task;
}

static void check(const struct who *all, int count)
{
	bool different = true, one_process = true, own = true;

	/* The last one is main(). */
	for (int i = 0; i < count; i++) {
		for (int j = i + 1; j <= count; j++)
			different &= !same(&all[i], &all[j]);
		one_process &= all[i].process == all[count].process;
		own &= all[i].own == 1;
	}
	printf("batch of %d: %s, %s, %s\n", count, different ? "all different" : "two are the same",
	       one_process ? "one process" : "several processes", own ? "each with its own variable" : "a shared variable");
}

static void batch(int count)
{
	struct who *all = calloc((size_t)count + 1, sizeof *all);
	pthread_t *threads = calloc((size_t)count, sizeof *threads);

	if (!all || !threads)
		exit(EXIT_FAILURE);
	pthread_barrier_init(&all_here, NULL, (unsigned int)count);
	describe(&all[count]);
	for (int i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], NULL, run, &all[i]);

		if (error) {
			fprintf(stderr, "pthread_create: %s\n", strerror(error));
			exit(EXIT_FAILURE);
		}
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all_here);
	check(all, count);
	free(all);
	free(threads);
}

int main(int argc, char **argv)
{
	printf("main: gettid() is %sgetpid()\n", gettid() == getpid() ? "" : "not ");
	for (int i = 1; i < argc; i++)
		if (atoi(argv[i]) > 0)
			batch(atoi(argv[i]));
	printf("main: its variable is still %d\n", variable);
	return EXIT_SUCCESS;
}
