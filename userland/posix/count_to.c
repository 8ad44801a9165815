// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count to a number, one each second or in another rhythm, without getting later and later.
 *
 *     count_to N [MILLISECONDS]
 *
 * Each line has its moment on a clock: start + i * period. clock_nanosleep(2) with TIMER_ABSTIME sleeps until that moment.
 * What the program does in between, and how late it was woken the last time, does not add up, as it does with sleep(3) in
 * count.c. A signal may end the sleep early; then the same call again is right, because the moment has not changed.
 *
 * Sources: clock_nanosleep(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "seconds"
 * guest = "./count_to 2"
 * stdout = """
 * 1
 * 2
 * 2 periods passed, not one less: yes
 * """
 * [[lkmc.run]]
 * name = "faster"
 * guest = "./count_to 4 50"
 * stdout = """
 * 1
 * 2
 * 3
 * 4
 * 4 periods passed, not one less: yes
 * """
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./count_to"
 * status = 2
 * stderr = "usage: count_to N [MILLISECONDS]\n"
 * [/lkmc]
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SECOND 1000000000ll

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

static void sleep_until(int64_t moment)
{
	struct timespec time = { .tv_sec = (time_t)(moment / SECOND), .tv_nsec = (long)(moment % SECOND) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
		;
}

int main(int argc, char **argv)
{
	long last = argc > 1 ? atol(argv[1]) : 0;
	int64_t period = (argc > 2 ? atol(argv[2]) : 1000) * 1000000ll;
	int64_t start = now();

	if (last <= 0 || period <= 0) {
		fprintf(stderr, "usage: count_to N [MILLISECONDS]\n");
		return 2;
	}
	for (long i = 1; i <= last; i++) {
		sleep_until(start + i * period);
		printf("%ld\n", i);
		fflush(stdout);
	}
	printf("%ld periods passed, not one less: %s\n", last, now() - start >= last * period ? "yes" : "no");
	return EXIT_SUCCESS;
}
