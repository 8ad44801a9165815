// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from several threads with a mutex: one at a time, and none is lost.
 *
 * pthread_mutex_lock(3) sleeps until the mutex is free; whoever has it sees all that was written before it was released. It
 * is made of one atomic instruction as long as nobody has to wait, and of the futex system call otherwise:
 * userland/linux/futex.c. pthread_mutex_trylock(3) does not wait, and says EBUSY. A mutex of the "recursive" kind can be
 * taken again by who has it, and has to be released as often.
 *
 * Between its load and its store each thread lets the others run, on the only processor: without the mutex most additions
 * would be lost, every time. How they are lost by chance: userland/c/atomic/fail.c.
 *
 * Sources: pthread_mutex_lock(3p), pthread_mutexattr_settype(3p).
 *
 * [lkmc]
 * machine.cpus = 1
 *
 * [[lkmc.run]]
 * guest = "./pthread_mutex 4 1000"
 * stdout = """
 * expected 4000, got 4000
 * while another thread has it: Device or resource busy
 * recursive: taken twice, released twice, free for others: yes
 * """
 * [/lkmc]
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned long counter;
static unsigned long rounds;

static void *count(void *argument)
{
	for (unsigned long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		unsigned long loaded = counter;

		sched_yield();
		counter = loaded + 1;
		pthread_mutex_unlock(&mutex);
	}
	return argument;
}

static void count_with(unsigned long number)
{
	pthread_t *threads = calloc(number, sizeof *threads);

	for (unsigned long i = 0; i < number; i++)
		if (!threads || pthread_create(&threads[i], NULL, count, NULL)) {
			fprintf(stderr, "cannot start thread %lu\n", i);
			exit(EXIT_FAILURE);
		}
	for (unsigned long i = 0; i < number; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	printf("expected %lu, got %lu\n", number * rounds, counter);
}

/* What pthread_mutex_trylock() says to another thread. */
static void *try(void *argument)
{
	static int error;
	pthread_mutex_t *wanted = argument;

	error = pthread_mutex_trylock(wanted);
	if (!error)
		pthread_mutex_unlock(wanted);
	return &error;
}

static int try_elsewhere(pthread_mutex_t *wanted)
{
	pthread_t thread;
	void *error;

	if (pthread_create(&thread, NULL, try, wanted) || pthread_join(thread, &error))
		exit(EXIT_FAILURE);
	return *(int *)error;
}

static void recursive(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t twice;
	int busy, still_busy, free_again;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&twice, &attributes);
	pthread_mutex_lock(&twice);
	pthread_mutex_lock(&twice);
	busy = try_elsewhere(&twice);
	pthread_mutex_unlock(&twice);
	still_busy = try_elsewhere(&twice);
	pthread_mutex_unlock(&twice);
	free_again = try_elsewhere(&twice);
	printf("recursive: taken twice, released twice, free for others: %s\n",
	       busy && still_busy && !free_again ? "yes" : "no");
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: pthread_mutex THREADS ROUNDS\n");
		return 2;
	}
	rounds = strtoul(argv[2], NULL, 10);
	count_with(strtoul(argv[1], NULL, 10));
	pthread_mutex_lock(&mutex);
	printf("while another thread has it: %s\n", strerror(try_elsewhere(&mutex)));
	pthread_mutex_unlock(&mutex);
	recursive();
	return EXIT_SUCCESS;
}
