// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with the threads and the mutex of standard C.
 *
 * C11 has threads of its own, <threads.h>: thrd_create(), mtx_lock(), call_once(). Under Linux they are POSIX threads with
 * other names (userland/posix/pthread_mutex.c), and may be absent where __STDC_NO_THREADS__ is defined. Between mtx_lock()
 * and mtx_unlock() there is one thread at a time, and it sees everything that the one before it wrote. So the counter may
 * be an ordinary variable.
 *
 * Between its load and its store each thread lets the other one run, on the only processor: without the mutex half of the
 * additions would be lost, every time.
 *
 * Sources: C11, 7.26.
 *
 * [lkmc]
 * machine.cpus = 1
 *
 * [[lkmc.run]]
 * guest = "./mutex"
 * stdout = """
 * initialized 1 time
 * expected 4000, got 4000
 * """
 * [/lkmc]
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

#define THREADS 2
#define ROUNDS 2000

static once_flag once = ONCE_FLAG_INIT;
static mtx_t mutex;
static int initialized;
static unsigned int counter;

static void initialize(void)
{
	initialized++;
	if (mtx_init(&mutex, mtx_plain) != thrd_success)
		exit(EXIT_FAILURE);
}

static int count(void *argument)
{
	(void)argument;
	/* All threads call it, the first one does it, and the others wait until it is done. */
	call_once(&once, initialize);
	for (int i = 0; i < ROUNDS; i++) {
		mtx_lock(&mutex);
		unsigned int loaded = counter;

		sched_yield();
		counter = loaded + 1;
		mtx_unlock(&mutex);
	}
	return ROUNDS;
}

int main(void)
{
	thrd_t threads[THREADS];
	int expected = 0;

	for (int i = 0; i < THREADS; i++)
		if (thrd_create(&threads[i], count, NULL) != thrd_success) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	for (int i = 0; i < THREADS; i++) {
		int rounds;

		thrd_join(threads[i], &rounds);
		expected += rounds;
	}
	mtx_destroy(&mutex);
	printf("initialized %d time\n", initialized);
	printf("expected %d, got %u\n", expected, counter);
	return counter == (unsigned int)expected ? EXIT_SUCCESS : EXIT_FAILURE;
}
