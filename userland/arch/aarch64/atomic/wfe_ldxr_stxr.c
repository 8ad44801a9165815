// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep until another thread stores to a variable, with no instruction that wakes.
 *
 * LDAXR marks an address for this processor. When another one writes there, the mark is gone, and that sets the event register
 * for which WFE waits. So `LDAXR, compare, WFE` in a loop is a wait that costs little power, and the one who stores need not know
 * that somebody waits: no SEV. Linux waits so for its locks (smp_cond_load_acquire()). WFE may also return for no reason, hence
 * the loop.
 *
 * Two threads count to 40 together, each waiting for its turn. If both are on one processor, the timer interrupt has to end the
 * waiting. QEMU's WFE does not wait.
 *
 * Arm ARM DDI 0487, D1, "Wait for Event"; B2, "Synchronization and semaphores".
 *
 * [lkmc]
 * machine = { cpus = 2 }
 * [/lkmc]
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define ROUNDS 20

static uint32_t turn;

static void wait_for(uint32_t value)
{
	uint32_t found;

	for (;;) {
		__asm__ volatile("ldaxr %w0, %1" : "=r"(found) : "Q"(turn) : "memory");
		if (found == value)
			break;
		__asm__ volatile("wfe" : : : "memory");
	}
	__asm__ volatile("clrex" : : : "memory");
}

static void pass_on(void)
{
	uint32_t next = turn + 1;

	__asm__ volatile("stlr %w1, %0" : "=Q"(turn) : "r"(next) : "memory");
}

static void *odd(void *unused)
{
	(void)unused;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		wait_for(2 * i + 1);
		pass_on();
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;

	assert(!pthread_create(&thread, NULL, odd, NULL));
	for (uint32_t i = 0; i < ROUNDS; i++) {
		wait_for(2 * i);
		pass_on();
	}
	assert(!pthread_join(thread, NULL));
	assert(turn == 2 * ROUNDS);
	return 0;
}
