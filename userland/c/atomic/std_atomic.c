// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with an atomic variable of standard C, in three ways.
 *
 *     ++                   of an _Atomic variable is one indivisible step
 *     fetch_add            the same as a function, which also returns the old value, and takes a memory order
 *     compare and swap     "store this if there is still that": in a loop it makes any operation atomic,
 *                          here the larger of two numbers
 *
 * What the compiler makes of it: x86_64 has an instruction, `lock xadd` (x86_64_lock_inc.c). Armv7-A and Armv8.0 have a
 * loop of load-exclusive and store-exclusive (aarch64_ldaxr_stlxr.c), Armv8.1 has `ldadd` (aarch64_ldadd.c), RISC-V
 * `amoadd`. memory_order_relaxed is enough to count; it says nothing about when other variables are seen.
 *
 * "Lock-free" says that no hidden lock is involved: 2 means always.
 *
 * Sources: C11, 6.2.6.1 paragraph 9, 7.17.
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./std_atomic"
 * stdout = """
 * lock-free: 2
 * ++: 20000
 * fetch_add: 20000
 * every old value came once: yes
 * largest: 19999
 * """
 * [/lkmc]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 2
#define ROUNDS 10000

static _Atomic int counter;
static atomic_int ticket;
static atomic_int largest;
static atomic_uchar taken[THREADS * ROUNDS];

static void at_least(int number)
{
	int seen = atomic_load(&largest);

	/* On failure `seen` becomes what is there. "weak" may fail for no reason, which a loop does not mind. */
	while (seen < number && !atomic_compare_exchange_weak(&largest, &seen, number))
		;
}

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		int old = atomic_fetch_add_explicit(&ticket, 1, memory_order_relaxed);

		counter++;
		if (old >= 0 && old < THREADS * ROUNDS)
			taken[old]++;
		at_least(old);
	}
	return argument;
}

int main(void)
{
	pthread_t threads[THREADS];
	bool each_once = true;

	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, NULL)) {
			fprintf(stderr, "cannot start thread %d\n", i);
			return EXIT_FAILURE;
		}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS * ROUNDS; i++)
		each_once &= taken[i] == 1;
	printf("lock-free: %d\n", ATOMIC_INT_LOCK_FREE);
	printf("++: %d\n", counter);
	printf("fetch_add: %d\n", ticket);
	printf("every old value came once: %s\n", each_once ? "yes" : "no");
	printf("largest: %d\n", largest);
	return EXIT_SUCCESS;
}
