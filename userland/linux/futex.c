// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Build a lock out of an integer and the futex system call, and count with it from two threads.
 *
 * A futex ("fast user-space mutex") is a plain integer in memory that the kernel knows nothing
 * about until somebody has to wait. Taking a free lock and releasing one that nobody waits for
 * are single atomic instructions. Only when there is contention:
 *
 *     FUTEX_WAIT   sleep, if the integer still has this value (no wake-up can come between)
 *     FUTEX_WAKE   wake up so many of those who sleep on this address
 *
 * The integer has three states: 0 free, 1 taken, 2 taken and perhaps awaited. The holder that
 * finds 2 when it releases must wake somebody. Every mutex and condition variable of the C
 * library is made of this.
 *
 * Each thread adds 1 to a variable 2000 times. Between its load and its store it lets the other
 * one run, on the only processor: without the lock half of the additions would be lost, every time.
 *
 * Sources: futex(2), futex(7); Ulrich Drepper, "Futexes Are Tricky".
 *
 * [lkmc]
 * machine.cpus = 1
 *
 * [[lkmc.run]]
 * guest = "./futex"
 * stdout = """
 * expected 4000, got 4000
 * waiting for a value that is not there: Resource temporarily unavailable
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 2
#define ROUNDS 2000

enum { FREE, TAKEN, AWAITED };

static _Atomic uint32_t lock;
static unsigned int counter;

static long futex(_Atomic uint32_t *word, int operation, uint32_t value)
{
	return syscall(SYS_futex, word, operation, value, NULL, NULL, 0);
}

static void take(void)
{
	uint32_t expected = FREE;

	if (atomic_compare_exchange_strong(&lock, &expected, TAKEN))
		return;
	/* From here on whoever holds the lock must wake us. */
	while (atomic_exchange(&lock, AWAITED) != FREE)
		futex(&lock, FUTEX_WAIT_PRIVATE, AWAITED);
}

static void release(void)
{
	if (atomic_exchange(&lock, FREE) == AWAITED)
		futex(&lock, FUTEX_WAKE_PRIVATE, 1);
}

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		take();
		unsigned int loaded = counter;

		sched_yield();
		counter = loaded + 1;
		release();
	}
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, count, NULL)) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("expected %d, got %u\n", THREADS * ROUNDS, counter);

	/* The lock is free: the kernel sees another value, and does not let us sleep. */
	if (futex(&lock, FUTEX_WAIT_PRIVATE, AWAITED))
		printf("waiting for a value that is not there: %m\n");
	return counter == THREADS * ROUNDS ? EXIT_SUCCESS : EXIT_FAILURE;
}
