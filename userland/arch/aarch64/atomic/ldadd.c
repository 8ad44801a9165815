// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add to a variable that other threads add to, in one instruction.
 *
 * Since Armv8.1 (FEAT_LSE, "large system extensions") LDADD adds to memory and gives back what was there; LDADDAL is it with
 * acquire and release, STADD throws the old value away. CAS, SWP, LDCLR (and not), LDSET (or) and LDEOR came with it. Unlike
 * LDAXR and STLXR (ldaxr_stlxr.c) it cannot fail and be tried again, and the addition may be done where the data are, in a cache
 * farther out.
 *
 * A processor that lacks it, such as QEMU's cortex-a72, has no HWCAP_ATOMICS; this guest has another one. A compiler that does not
 * know for which processor it compiles calls a function that looks, once, and takes one way or the other ("outline atomics").
 *
 * Arm ARM DDI 0487, C6.2, "LDADD, LDADDA, LDADDAL, LDADDL"; Linux, arch/arm64/elf_hwcaps.rst.
 *
 * [lkmc]
 * machine = { cpus = 2, cpu-model = "max" }
 * [/lkmc]
 */
#include <assert.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#define THREADS 4
#define ROUNDS 10000

static uint64_t number;

static uint64_t fetch_add(uint64_t *where, uint64_t summand)
{
	uint64_t old;

	__asm__ volatile(".arch_extension lse\n\t"
			 "ldaddal %[summand], %[old], %[where]"
			 : [old] "=r"(old), [where] "+Q"(*where)
			 : [summand] "r"(summand)
			 : "memory");
	return old;
}

static void *add(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++)
		fetch_add(&number, 1);
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];

	assert(getauxval(AT_HWCAP) & HWCAP_ATOMICS);
	assert(fetch_add(&number, 5) == 0);
	assert(fetch_add(&number, -5) == 5);
	for (int i = 0; i < THREADS; i++)
		assert(!pthread_create(&threads[i], NULL, add, NULL));
	for (int i = 0; i < THREADS; i++)
		assert(!pthread_join(threads[i], NULL));
	assert(number == THREADS * ROUNDS);
	return 0;
}
