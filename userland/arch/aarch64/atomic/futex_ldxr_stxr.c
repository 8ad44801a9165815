// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a lock: exclusive loads and stores while nobody has to wait, futex(2) when somebody has to.
 *
 * The word is 0 if the lock is free, 1 if it is held, 2 if somebody may be waiting for it. Who finds a 0 puts a 1 there, with
 * LDAXR and STXR and without the kernel. Who does not puts a 2 there and sleeps in the kernel as long as it is a 2. Who lets go
 * puts a 0 there, and wakes one only if there was a 2. FUTEX_WAIT compares once more, in the kernel and in one step with falling
 * asleep, so that no wake-up comes in between.
 *
 * The store that takes the lock needs no release and the one that lets go no acquire, so one of the two is STXR without the L,
 * the other LDXR without the A. pthread_mutex_lock(3) is made like this.
 *
 * Four threads count. Between its load and its store each lets the others run, on the only processor: without the lock most
 * additions would be lost, every time. That the orders (A, L) are right no such count can show.
 *
 * Ulrich Drepper, "Futexes Are Tricky"; futex(2); Arm ARM DDI 0487, C6.2, "LDAXR", "STXR", "STLXR".
 *
 * [lkmc]
 * machine = { cpus = 1 }
 * [/lkmc]
 */
#include <assert.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS 4
#define ROUNDS 1000

static uint32_t lock;
static uint64_t number;

/* If there is `expected`, put `desired` there. What was there is the result. */
static uint32_t compare_and_swap(uint32_t *word, uint32_t expected, uint32_t desired)
{
	uint32_t found, failed;

	__asm__ volatile("1:	ldaxr	%w[found], %[word]\n"
			 "	cmp	%w[found], %w[expected]\n"
			 "	b.ne	2f\n"
			 "	stxr	%w[failed], %w[desired], %[word]\n"
			 "	cbnz	%w[failed], 1b\n"
			 "2:\n"
			 : [found] "=&r"(found), [failed] "=&r"(failed), [word] "+Q"(*word)
			 : [expected] "r"(expected), [desired] "r"(desired)
			 : "cc", "memory");
	return found;
}

#define DEFINE_SWAP(name, load, store)                                                                            \
	static uint32_t name(uint32_t *word, uint32_t desired)                                                    \
	{                                                                                                         \
		uint32_t found, failed;                                                                           \
                                                                                                                  \
		__asm__ volatile("1:	" load "	%w[found], %[word]\n"                                              \
				 "	" store "	%w[failed], %w[desired], %[word]\n"                                \
				 "	cbnz	%w[failed], 1b\n"                                                   \
				 : [found] "=&r"(found), [failed] "=&r"(failed), [word] "+Q"(*word)               \
				 : [desired] "r"(desired)                                                         \
				 : "memory");                                                                     \
		return found;                                                                                     \
	}

DEFINE_SWAP(swap_acquire, "ldaxr", "stxr")
DEFINE_SWAP(swap_release, "ldxr", "stlxr")

static void take(void)
{
	if (compare_and_swap(&lock, 0, 1) == 0)
		return;
	while (swap_acquire(&lock, 2) != 0)
		syscall(SYS_futex, &lock, FUTEX_WAIT_PRIVATE, 2, NULL);
}

static void let_go(void)
{
	if (swap_release(&lock, 0) == 2)
		syscall(SYS_futex, &lock, FUTEX_WAKE_PRIVATE, 1);
}

static void *add(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		take();
		uint64_t loaded = number;

		sched_yield();
		number = loaded + 1;
		let_go();
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
	assert(number == THREADS * ROUNDS);
	assert(lock == 0);
	return 0;
}
