// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait for a variable that another thread changes, and see the compiler take the load out of the loop.
 *
 * A compiler may move, join and leave out accesses to ordinary variables as long as a single thread cannot tell. `while (!flag)`
 * without more loads the flag once, before the loop: a plain loop that began with 0 never sees anything else.
 * Three ways to forbid it:
 *
 *     asm volatile("" ::: "memory")   no instruction, but all of memory may have changed here; the kernel's barrier()
 *     volatile                        each access in the source is one of the machine's; the kernel's READ_ONCE()
 *     _Atomic                         the same between threads, and with an order for the processor: what a program should use
 *
 * The first two stop the compiler only. The processor may reorder accesses on its own, x86_64 less than Arm.
 *
 * Each loop gives up after very many rounds. The other thread is told when the loop is about to begin. It may be so quick
 * that even the only load of the plain loop comes too late; so the plain one is repeated until it misses the change, and
 * each of the others must see it every time. All this is for -O2: -Og, with which lkmc compiles otherwise, leaves the plain
 * load where it is.
 *
 * Sources: gcc manual, "Extended Asm", "Volatiles"; kernel source, Documentation/memory-barriers.txt, "Compiler barrier".
 *
 * [lkmc]
 * cflags = ["-O2"]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./prevent_reorder"
 * stdout = """
 * plain: missed the change
 * barrier: saw it 20 times of 20
 * volatile: saw it 20 times of 20
 * atomic: saw it 20 times of 20
 * """
 * timeout = "60s"
 * [/lkmc]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 2000000000l
#define TIMES 20

static atomic_bool about_to_begin;
static int flag;
static atomic_int flag_atomic;

/* The same loop four times; what differs is the access. noinline: or the compiler would see where the flag comes from. */
static __attribute__((noinline)) bool wait_plain(void)
{
	for (long i = 0; i < ROUNDS; i++)
		if (flag)
			return true;
	return false;
}

static __attribute__((noinline)) bool wait_barrier(void)
{
	for (long i = 0; i < ROUNDS; i++) {
		if (flag)
			return true;
		__asm__ volatile("" : : : "memory");
	}
	return false;
}

static __attribute__((noinline)) bool wait_volatile(void)
{
	for (long i = 0; i < ROUNDS; i++)
		if (*(volatile int *)&flag)
			return true;
	return false;
}

static __attribute__((noinline)) bool wait_atomic(void)
{
	for (long i = 0; i < ROUNDS; i++)
		if (atomic_load_explicit(&flag_atomic, memory_order_acquire))
			return true;
	return false;
}

static void *change(void *argument)
{
	while (!about_to_begin)
		;
	flag = 1;
	flag_atomic = 1;
	return argument;
}

static bool saw(bool (*wait)(void))
{
	pthread_t other;
	bool seen;

	flag = 0;
	flag_atomic = 0;
	about_to_begin = false;
	if (pthread_create(&other, NULL, change, NULL)) {
		fprintf(stderr, "cannot start a thread\n");
		exit(EXIT_FAILURE);
	}
	about_to_begin = true;
	seen = wait();
	pthread_join(other, NULL);
	return seen;
}

static void every_time(const char *name, bool (*wait)(void))
{
	int seen = 0;

	for (int i = 0; i < TIMES; i++)
		seen += saw(wait);
	printf("%s: saw it %d times of %d\n", name, seen, TIMES);
}

int main(void)
{
	bool missed = false;

	for (int i = 0; i < 1000 && !missed; i++)
		missed = !saw(wait_plain);
	printf("plain: %s\n", missed ? "missed the change" : "saw it every time");
	every_time("barrier", wait_barrier);
	every_time("volatile", wait_volatile);
	every_time("atomic", wait_atomic);
	return EXIT_SUCCESS;
}
