// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count from several threads at once: what does it cost to share a variable, or only its cache line?
 *
 *     sharing THREADS HOW N [WHERE]
 *
 * Each thread adds 1 to a counter N times, after all have started. 0 threads stands for one on each processor; main() is
 * one of them.
 *
 *     HOW    plain       load, add, store: additions are lost where several threads share a counter
 *            atomic      one atomic addition, as the compiler makes it
 *            exclusive   load-exclusive and store-exclusive on Arm, compare and swap elsewhere, until it succeeds
 *            mutex       plain, with a POSIX mutex around it
 *     WHERE  one         one counter for all: true sharing; if nothing is said
 *            packed      one for each thread, side by side in one cache line: false sharing
 *            padded      one for each thread, each in a line of its own
 *
 * "packed" and "padded" execute the same instructions on variables that nobody shares, and every sum is right even if it is
 * plain. What differs is that a line can be written by one processor at a time: between processors a packed line goes back
 * and forth. On one processor there is no difference. So sweep the number of processors:
 *
 *     lkmc bench sweep aarch64-gem5-hpi --no-kernel --over cpu.count=1,2,4 -- userland/measure/sharing.c 0 exclusive 2000 packed
 *
 * Without a kernel every thread needs a processor of its own; 0 threads are as many as there may be. With a kernel any
 * number will do.
 *
 * The sum is compared with THREADS * N. Only what plain additions lose in one counter is no error, and printed as such.
 *
 * Sources: J. L. Hennessy and D. A. Patterson, Computer Architecture, chapter 5, "True sharing, false sharing".
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * name = "exact"
 * guest = '''
 * for how in atomic exclusive mutex; do
 *     for where in packed padded; do ./sharing 2 $how 2000 $where; done
 * done
 * # In one counter this means something once plain additions have been lost there: the longer it takes, the surer they are.
 * rounds=2000
 * while ./sharing 2 plain $rounds | grep -q ": $((2 * rounds)) of"; do rounds=$((2 * rounds)); done
 * rounds=$((4 * rounds))
 * for how in atomic exclusive mutex; do ./sharing 2 $how $rounds > $how && echo "$how: none lost where plain additions were"; done
 * '''
 * stdout = """
 * threads: 2, atomic, packed: 4000 of 4000
 * threads: 2, atomic, padded: 4000 of 4000
 * threads: 2, exclusive, packed: 4000 of 4000
 * threads: 2, exclusive, padded: 4000 of 4000
 * threads: 2, mutex, packed: 4000 of 4000
 * threads: 2, mutex, padded: 4000 of 4000
 * atomic: none lost where plain additions were
 * exclusive: none lost where plain additions were
 * mutex: none lost where plain additions were
 * """
 * timeout = "120s"
 * [[lkmc.run]]
 * name = "plain"
 * guest = '''
 * ./sharing 1 plain 2000
 * ./sharing 4 plain 2000 packed
 * ./sharing 0 plain 2000 padded
 * ./sharing 2 plain 2000
 * '''
 * stdout = """
 * threads: 1, plain, one: 2000 of 2000
 * threads: 4, plain, packed: 8000 of 8000
 * threads: 2, plain, padded: 4000 of 4000
 * threads: 2, plain, one: {dec} of 4000, additions may be lost
 * """
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./sharing 2 fast 1000"
 * status = 2
 * stderr = "usage: sharing THREADS plain|atomic|exclusive|mutex N [one|packed|padded]\n"
 * [/lkmc]
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST 64
#define MOST_ROUNDS 1000000000
/* No line of a processor here is longer. */
#define LINE 128

static unsigned long counters[MOST * LINE / sizeof(unsigned long)] __attribute__((aligned(LINE)));
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t start;

/* What a thread needs; of the same size as a line, so that the threads share nothing here. */
struct work {
	void (*count)(unsigned long *counter, unsigned long rounds);
	unsigned long *counter;
	unsigned long rounds;
} __attribute__((aligned(LINE)));

static void count_plain(unsigned long *counter, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++)
		*(volatile unsigned long *)counter += 1;
}

static void count_atomic(unsigned long *counter, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++)
		__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static void add_exclusive(unsigned long *counter)
{
#if defined(__aarch64__)
	unsigned long value;
	unsigned int failed;

	__asm__ volatile("1: ldxr %0, %2\n\t"
			 "add %0, %0, 1\n\t"
			 "stxr %w1, %0, %2\n\t"
			 "cbnz %w1, 1b"
			 : "=&r"(value), "=&r"(failed), "+Q"(*counter));
#elif defined(__arm__)
	unsigned long value, failed;

	__asm__ volatile("1: ldrex %0, %2\n\t"
			 "add %0, %0, #1\n\t"
			 "strex %1, %0, %2\n\t"
			 "cmp %1, #0\n\t"
			 "bne 1b"
			 : "=&r"(value), "=&r"(failed), "+Q"(*counter)
			 :
			 : "cc");
#else
	unsigned long old = __atomic_load_n(counter, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(counter, &old, old + 1, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
#endif
}

static void count_exclusive(unsigned long *counter, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++)
		add_exclusive(counter);
}

static void count_mutex(unsigned long *counter, unsigned long rounds)
{
	for (unsigned long i = 0; i < rounds; i++) {
		pthread_mutex_lock(&mutex);
		*(volatile unsigned long *)counter += 1;
		pthread_mutex_unlock(&mutex);
	}
}

static void *run(void *argument)
{
	struct work *work = argument;

	pthread_barrier_wait(&start);
	work->count(work->counter, work->rounds);
	return NULL;
}

static unsigned long number(const char *text, unsigned long largest)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	return end == text || *end || value > largest ? largest + 1 : value;
}

static int usage(void)
{
	fprintf(stderr, "usage: sharing THREADS plain|atomic|exclusive|mutex N [one|packed|padded]\n");
	return 2;
}

/* How many words lie between the counters of two threads, or -1. */
static int distance(const char *where)
{
	if (!strcmp(where, "one"))
		return 0;
	if (!strcmp(where, "packed"))
		return 1;
	return strcmp(where, "padded") ? -1 : (int)(LINE / sizeof(unsigned long));
}

static void count_with(unsigned long threads, const struct work *work, int apart)
{
	static struct work works[MOST];
	pthread_t started[MOST];

	pthread_barrier_init(&start, NULL, (unsigned int)threads);
	for (unsigned long i = 0; i < threads; i++) {
		int error = 0;

		works[i] = *work;
		works[i].counter = &counters[i * (unsigned long)apart];
		if (i > 0)
			error = pthread_create(&started[i], NULL, run, &works[i]);
		if (error) {
			fprintf(stderr, "sharing: thread %lu: %s\n", i, strerror(error));
			exit(1);
		}
	}
	run(&works[0]);
	for (unsigned long i = 1; i < threads; i++)
		pthread_join(started[i], NULL);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*count)(unsigned long *, unsigned long);
	} ways[] = {
		{ "plain", count_plain },
		{ "atomic", count_atomic },
		{ "exclusive", count_exclusive },
		{ "mutex", count_mutex },
	};
	const char *where = argc == 5 ? argv[4] : "one";
	unsigned long threads, sum = 0;
	struct work work = { 0 };
	bool may_lose;

	if (argc != 4 && argc != 5)
		return usage();
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (!strcmp(argv[2], ways[i].name))
			work.count = ways[i].count;
	threads = number(argv[1], MOST);
	work.rounds = number(argv[3], MOST_ROUNDS);
	if (!work.count || threads > MOST || !work.rounds || work.rounds > MOST_ROUNDS || distance(where) < 0)
		return usage();
	if (!threads)
		threads = (unsigned long)sysconf(_SC_NPROCESSORS_ONLN);
	if (threads > MOST)
		threads = MOST;
	may_lose = threads > 1 && work.count == count_plain && !distance(where);

	count_with(threads, &work, distance(where));
	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		sum += counters[i];
	printf("threads: %lu, %s, %s: %lu of %lu%s\n", threads, argv[2], where, sum, threads * work.rounds,
	       may_lose ? ", additions may be lost" : "");
	return sum == threads * work.rounds || (may_lose && sum < threads * work.rounds) ? 0 : 1;
}
