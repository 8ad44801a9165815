// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add to a variable that other threads add to: load exclusive, store exclusive, try again.
 *
 * LDAXR loads and marks the address for this processor ("exclusive monitor"). STLXR stores only if nobody has written there
 * since, and says so in a register: 0 if it has stored, 1 if not. The loop goes round until it has. Between the two there must be
 * no other access to memory, or the loop may never end. The A is for acquire, the L for release: nothing behind the load, and
 * nothing in front of the store, crosses it.
 *
 * Four threads add to three variables. The two that are added to with LDAXR and STLXR, and by the compiler's atomic_fetch_add(),
 * are exact. The third is added to with a load and a store: it can be less, and is so on more than one processor as a rule, but
 * it need not be, so nothing is said of it.
 *
 * ldadd.c does it in one instruction. Arm ARM DDI 0487, B2, "Synchronization and semaphores"; C6.2, "LDAXR", "STLXR".
 *
 * [lkmc]
 * machine = { cpus = 2 }
 * [/lkmc]
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define THREADS 4
#define ROUNDS 10000

static uint64_t exclusive;
static _Atomic uint64_t of_the_compiler;
static volatile uint64_t torn;

static void add_one(uint64_t *number)
{
	uint64_t value;
	uint32_t failed;

	__asm__ volatile("1:	ldaxr	%[value], %[number]\n"
			 "	add	%[value], %[value], #1\n"
			 "	stlxr	%w[failed], %[value], %[number]\n"
			 "	cbnz	%w[failed], 1b\n"
			 : [value] "=&r"(value), [failed] "=&r"(failed), [number] "+Q"(*number)
			 :
			 : "memory");
}

static void *add(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		add_one(&exclusive);
		atomic_fetch_add(&of_the_compiler, 1);
		torn = torn + 1;
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		assert(!pthread_create(&threads[i], NULL, add, NULL));
	for (int i = 0; i < THREADS; i++)
		assert(!pthread_join(threads[i], NULL));
	assert(exclusive == THREADS * ROUNDS);
	assert(of_the_compiler == THREADS * ROUNDS);
	assert(torn <= THREADS * ROUNDS);
	return 0;
}
