// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from two threads with an atomic variable of standard C, in three ways.
 *
 *     ++                   of an _Atomic variable is one indivisible step
 *     fetch_add            the same as a function, which also returns the old value, and takes a memory order
 *     compare and swap     "store this if there is still that": in a loop it makes any operation atomic,
 *                          here a multiplication
 *
 * What the compiler makes of it: x86_64 has an instruction, `lock xadd` (x86_64_lock_inc.c). Armv7-A and Armv8.0 have a
 * loop of load-exclusive and store-exclusive (aarch64_ldaxr_stlxr.c), Armv8.1 has `ldadd` (aarch64_ldadd.c), RISC-V
 * `amoadd`. memory_order_relaxed is enough to count; it says nothing about when other variables are seen.
 *
 * "Lock-free" says that no hidden lock is involved: 2 means always.
 *
 * The threads count until a plain counter in the same loop has lost several times (../../contended.h).
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
 * ++: none lost
 * fetch_add: none lost, every old value came once
 * compare and swap: none lost
 * """
 * timeout = "120s"
 * [/lkmc]
 */
#include "../../contended.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define THREADS 2

static _Atomic unsigned int counter;
static atomic_uint ticket;
static atomic_uint product;
static bool taken[THREADS * MOST_ROUNDS];
static pthread_barrier_t start;

static void triple(void)
{
	unsigned int seen = atomic_load(&product);

	/* On failure `seen` becomes what is there. "weak" may fail for no reason, which a loop does not mind. */
	while (!atomic_compare_exchange_weak(&product, &seen, 3 * seen))
		;
}

static void *count(void *argument)
{
	pthread_barrier_wait(&start);
	for (unsigned long i = 0; i < rounds; i++) {
		unsigned int old = atomic_fetch_add_explicit(&ticket, 1, memory_order_relaxed);

		counter++;
		if (old < THREADS * rounds)
			taken[old] = true;
		triple();
		add_plain();
	}
	return argument;
}

static void count_together(void)
{
	pthread_t threads[THREADS];

	counter = ticket = 0;
	product = 1;
	memset(taken, false, THREADS * rounds);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, count, NULL)) {
			fprintf(stderr, "cannot start thread %d\n", i);
			exit(EXIT_FAILURE);
		}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* As many numbers as places: if each place has one, none has come twice. */
static bool all_taken(void)
{
	return !memchr(taken, false, THREADS * rounds);
}

/* The powers of 3 up to the 2^30th are all different, also modulo 2^32: this one is right if no multiplication was lost. */
static bool is_power(unsigned int number)
{
	unsigned int power = 1;

	for (unsigned long i = 0; i < THREADS * rounds; i++)
		power *= 3;
	return number == power;
}

static const char *lost(bool is_right)
{
	return is_right ? "none lost" : "some lost";
}

int main(void)
{
	bool counted, dealt, each_once, multiplied;

	pthread_barrier_init(&start, NULL, THREADS);
	do {
		count_together();
		counted = counter == THREADS * rounds;
		dealt = ticket == THREADS * rounds;
		each_once = all_taken();
		multiplied = is_power(product);
	} while (again(counted && dealt && each_once && multiplied, THREADS));
	printf("lock-free: %d\n", ATOMIC_INT_LOCK_FREE);
	printf("++: %s\n", lost(counted));
	printf("fetch_add: %s, every old value came once%s\n", lost(dealt), each_once ? "" : ": no");
	printf("compare and swap: %s\n", lost(multiplied));
	return EXIT_SUCCESS;
}
