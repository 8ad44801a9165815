// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let two threads wait for each other for ever, and see the two ways out: an order, or a mutex that checks.
 *
 *     opposite   thread 0 has mutex 0 and wants 1, thread 1 has 1 and wants 0: both sleep, nobody will wake them
 *     ordered    both take mutex 0 first: whoever is second waits, and gets it
 *     checked    one thread wants a mutex that it has: an "error checking" mutex says so, an ordinary one sleeps for ever
 *
 * In "opposite" a barrier sees to it that both have their first mutex before they want the second; left to chance a
 * deadlock comes once in a million times, which is worse. The shell waits until both have said what they want, then sees
 * all three threads asleep (main() waits for them), again and again. Where they sleep, lkmc shows by itself when a run
 * takes too long:
 *
 *     lkmc profile run x86_64-qemu --timeout 5s --demos posix/pthread_deadlock.c -- pthread_deadlock opposite
 *
 * A program on gem5 without a kernel hangs just so, and needs a `--timeout` too. The kernel's own locks are proven to have
 * an order by lockdep, in the `-debug` profiles.
 *
 * Sources: pthread_mutex_lock(3p), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "opposite"
 * timeout = "90s"
 * guest = '''
 * ./pthread_deadlock opposite > said &
 * pid=$!
 * until [ "$(grep -c wants said)" = 2 ]; do usleep 10000; done
 * asleep=0
 * until [ $asleep = 5 ]; do
 *     usleep 100000
 *     states=$(for task in $(ls /proc/$pid/task); do cut -d ' ' -f 3 /proc/$pid/task/$task/stat; done | tr -d '\n')
 *     if [ "$states" = SSS ]; then asleep=$((asleep + 1)); else asleep=0; fi
 * done
 * echo "5 times $states"
 * kill -KILL $pid
 * wait $pid 2> /dev/null || echo "status $?"
 * sort said
 * '''
 * stdout = """
 * 5 times SSS
 * status 137
 * thread 0: has mutex 0, wants 1
 * thread 1: has mutex 1, wants 0
 * """
 * [[lkmc.run]]
 * name = "ordered"
 * guest = "./pthread_deadlock ordered | sort"
 * stdout = """
 * both have ended
 * thread 0: has both
 * thread 0: has mutex 0, wants 1
 * thread 1: has both
 * thread 1: has mutex 0, wants 1
 * """
 * [[lkmc.run]]
 * name = "checked"
 * guest = "./pthread_deadlock checked"
 * stdout = """
 * once more: Resource deadlock avoided
 * released by a thread that does not have it: Operation not permitted
 * """
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./pthread_deadlock"
 * status = 2
 * stderr = "usage: pthread_deadlock opposite|ordered|checked\n"
 * [/lkmc]
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutexes[2] = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER };
static pthread_barrier_t barrier;
static bool opposite;

static void *take_both(void *argument)
{
	int number = *(int *)argument;
	int first = opposite ? number : 0;

	pthread_mutex_lock(&mutexes[first]);
	if (opposite)
		pthread_barrier_wait(&barrier);
	printf("thread %d: has mutex %d, wants %d\n", number, first, !first);
	pthread_mutex_lock(&mutexes[!first]);
	printf("thread %d: has both\n", number);
	pthread_mutex_unlock(&mutexes[!first]);
	pthread_mutex_unlock(&mutexes[first]);
	return NULL;
}

static int run_two(void)
{
	int numbers[] = { 0, 1 };
	pthread_t threads[2];

	pthread_barrier_init(&barrier, NULL, 2);
	for (int i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, take_both, &numbers[i]))
			return EXIT_FAILURE;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	puts("both have ended");
	return EXIT_SUCCESS;
}

static void *release(void *mutex)
{
	printf("released by a thread that does not have it: %s\n", strerror(pthread_mutex_unlock(mutex)));
	return NULL;
}

static int checked(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t mutex;
	pthread_t other;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &attributes);
	pthread_mutex_lock(&mutex);
	printf("once more: %s\n", strerror(pthread_mutex_lock(&mutex)));
	if (pthread_create(&other, NULL, release, &mutex))
		return EXIT_FAILURE;
	pthread_join(other, NULL);
	pthread_mutex_unlock(&mutex);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *how = argc == 2 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	if (!strcmp(how, "checked"))
		return checked();
	opposite = !strcmp(how, "opposite");
	if (opposite || !strcmp(how, "ordered"))
		return run_two();
	fprintf(stderr, "usage: pthread_deadlock opposite|ordered|checked\n");
	return 2;
}
