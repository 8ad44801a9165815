// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep until another thread says that there is something to look at.
 *
 * The one who waits looks at a variable and sleeps by WFE if it is not what he waits for; the one who changes it wakes all
 * processors by SEV. An event that comes before the WFE is kept in the event register, one bit of it, so that none is lost
 * between the look and the sleep. DSB before SEV makes that the other one, awake, finds what was stored. wfe_ldxr_stxr.c does
 * without SEV.
 *
 * SEV does not say to whom, wakes nobody who sleeps in the kernel, and a WFE may return for no reason; so programs leave this to
 * the kernel, and use futex(2) (futex_ldxr_stxr.c). QEMU's WFE does not wait. Compare baremetal/wfe_sev.c, which has no kernel.
 *
 * Arm ARM DDI 0487, D1, "Wait for Event"; C6.2, "SEV".
 *
 * [lkmc]
 * machine = { cpus = 2 }
 * [/lkmc]
 */
#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#define ROUNDS 20

static atomic_uint turn;

static void wait_for(unsigned int value)
{
	while (atomic_load(&turn) != value)
		__asm__ volatile("wfe" : : : "memory");
}

static void pass_on(void)
{
	atomic_fetch_add(&turn, 1);
	__asm__ volatile("dsb sy\n\tsev" : : : "memory");
}

static void *odd(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		wait_for(2 * i + 1);
		pass_on();
	}
	return NULL;
}

int main(void)
{
	pthread_t thread;

	assert(!pthread_create(&thread, NULL, odd, NULL));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		wait_for(2 * i);
		pass_on();
	}
	assert(!pthread_join(thread, NULL));
	assert(turn == 2 * ROUNDS);
	return 0;
}
