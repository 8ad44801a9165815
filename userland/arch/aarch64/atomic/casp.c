// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take elements off a list that other threads change, by comparing a pointer and a counter in one step.
 *
 * Whoever takes the first element off puts its successor in its place, if the first is still the first. That it is the same
 * does not say that nothing has happened: others may have taken it off, changed the list, and put it back ("ABA"), and its
 * successor may be another one by now. So a counter stands beside the pointer, which each change increments.
 *
 * CASP (FEAT_LSE, Armv8.1) compares 16 bytes with a pair of registers and, if they are equal, stores another pair; what was there
 * comes back in the first one. CASPAL is it with acquire and release. A pair is an even register and the next: x0 and x1. Before
 * Armv8.1 it took LDAXP and STLXP, and another attempt whenever anybody came in between (userland/c/atomic/aarch64_ldaxr_stlxr.c).
 *
 * QEMU's cortex-a72 lacks it; this guest has another processor. gem5's have it.
 *
 * Arm ARM DDI 0487, C6.2, "CASP, CASPA, CASPAL, CASPL"; B2.2, "Atomicity in the Arm architecture".
 *
 * [lkmc]
 * machine = { cpus = 2, cpu-model = "max" }
 * [/lkmc]
 */
#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>

#define THREADS 4
#define ROUNDS 10000

struct element {
	struct element *_Atomic next;
	/* How many have it: never more than one. */
	_Atomic int owners;
};

struct list {
	struct element *first;
	uint64_t changes;
};

/* CASP wants its 16 bytes aligned. */
static _Alignas(16) struct list list;
static struct element elements[THREADS];

/* If the list is as expected, it becomes as desired. What it was is the result. */
static struct list compare_and_swap(struct list expected, struct list desired)
{
	register struct element *first __asm__("x0") = expected.first;
	register uint64_t changes __asm__("x1") = expected.changes;
	register struct element *new_first __asm__("x2") = desired.first;
	register uint64_t new_changes __asm__("x3") = desired.changes;

	__asm__ volatile(".arch_extension lse\n\t"
			 "caspal %[first], %[changes], %[new_first], %[new_changes], %[list]"
			 : [first] "+r"(first), [changes] "+r"(changes), [list] "+Q"(list)
			 : [new_first] "r"(new_first), [new_changes] "r"(new_changes)
			 : "memory");
	return (struct list){ first, changes };
}

static bool same(struct list one, struct list other)
{
	return one.first == other.first && one.changes == other.changes;
}

static struct element *take(void)
{
	struct list found = { NULL, 0 }, before;

	do {
		before = found;
		/* Perhaps it is no longer the first; it is still an element, whose successor can be read. */
		struct element *next = before.first ? before.first->next : NULL;

		found = compare_and_swap(before, (struct list){ next, before.changes + 1 });
	} while (!same(found, before) || !found.first);
	return found.first;
}

static void put(struct element *element)
{
	struct list found = { NULL, 0 }, before;

	do {
		before = found;
		element->next = before.first;
		found = compare_and_swap(before, (struct list){ element, before.changes + 1 });
	} while (!same(found, before));
}

static void *borrow(void *unused)
{
	(void)unused;
	for (int i = 0; i < ROUNDS; i++) {
		struct element *element = take();

		assert(element->owners++ == 0);
		element->owners--;
		put(element);
	}
	return NULL;
}

int main(void)
{
	pthread_t threads[THREADS];
	int count = 0;

	assert(getauxval(AT_HWCAP) & HWCAP_ATOMICS);
	for (int i = 0; i < THREADS; i++)
		put(&elements[i]);
	for (int i = 0; i < THREADS; i++)
		assert(!pthread_create(&threads[i], NULL, borrow, NULL));
	for (int i = 0; i < THREADS; i++)
		assert(!pthread_join(threads[i], NULL));
	/* None has got lost, and none is there twice. */
	for (struct element *element = list.first; element; element = element->next)
		count++;
	assert(count == THREADS);
	assert(list.changes >= THREADS + 2ull * THREADS * ROUNDS);
	return 0;
}
