// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Three threads that wait for each other, for a debugger that looks at all of them.
 *
 * Each has a number in a variable of its own stack, and one in a thread-local variable, of which each thread has a copy under one
 * name. All meet at a barrier before any goes on, so that a debugger that stops the last one finds the others where they wait.
 *
 * Sources: pthreads(7), pthread_barrier_wait(3p); GDB manual, "Debugging Programs with Multiple Threads".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./threads"
 * stdout = "sum 60\n"
 * [/lkmc]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 3

static pthread_barrier_t begun, everybody;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int arrived, last, sum;
static __thread int mine;

static void last_one(int number)
{
	last = number; /* gdb: together */
}

static void *work(void *argument)
{
	int number = *(int *)argument;
	int is_last;

	pthread_barrier_wait(&begun);
	mine = number * 10;
	pthread_mutex_lock(&lock);
	is_last = ++arrived == THREADS;
	sum += mine;
	pthread_mutex_unlock(&lock);
	if (is_last)
		last_one(number);
	pthread_barrier_wait(&everybody);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int numbers[THREADS];

	/* Nobody goes on while main() still makes threads: inside clone() its stack cannot be told on every architecture. */
	if (pthread_barrier_init(&begun, NULL, THREADS + 1) || pthread_barrier_init(&everybody, NULL, THREADS))
		return EXIT_FAILURE;
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i + 1;
		if (pthread_create(&threads[i], NULL, work, &numbers[i]))
			return EXIT_FAILURE;
	}
	pthread_barrier_wait(&begun);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("sum %d\n", sum);
	return last ? EXIT_SUCCESS : EXIT_FAILURE;
}
