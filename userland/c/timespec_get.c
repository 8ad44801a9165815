// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask for the time of day with nanoseconds in standard C: timespec_get().
 *
 * It is C11's only time of day finer than a second (clock() counts the time that a processor has worked): TIME_UTC counts from
 * 1970-01-01 00:00 UTC, without leap seconds. It returns the base that was asked for, and 0 for a base it does not know. It is
 * the same clock as POSIX's CLOCK_REALTIME: somebody may set it, so differences of two readings are not durations. For these
 * there is CLOCK_MONOTONIC, which C has no name for before C23.
 *
 * The demo sets the clock first, so the day is known; on a machine that counts no days while it is off one has to, anyway.
 *
 * Sources: C11, 7.27.2.5; clock_gettime(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * date -s '2001-09-09 01:00:00' > /dev/null
 * ./timespec_get
 * '''
 * stdout = """
 * TIME_UTC: returned TIME_UTC
 * a base that is none: returned 0
 * 2001-09-09, seconds since 1970: 99999{dec}
 * time() was not later, and is not earlier: yes
 * nanoseconds are less than a second: yes
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(void)
{
	struct timespec now, other;
	time_t before, after;
	struct tm *day;
	char text[20];

	before = time(NULL);
	if (timespec_get(&now, TIME_UTC) != TIME_UTC) {
		puts("TIME_UTC: not known");
		return EXIT_FAILURE;
	}
	after = time(NULL);
	puts("TIME_UTC: returned TIME_UTC");
	printf("a base that is none: returned %d\n", timespec_get(&other, -1));
	day = gmtime(&now.tv_sec);
	if (!day || !strftime(text, sizeof text, "%Y-%m-%d", day))
		return EXIT_FAILURE;
	printf("%s, seconds since 1970: %lld\n", text, (long long)now.tv_sec);
	/* time() may take its seconds from the last timer interrupt, and so be one behind. */
	printf("time() was not later, and is not earlier: %s\n",
	       before <= now.tv_sec && after >= now.tv_sec - 1 ? "yes" : "no");
	printf("nanoseconds are less than a second: %s\n", now.tv_nsec >= 0 && now.tv_nsec < 1000000000 ? "yes" : "no");
	return EXIT_SUCCESS;
}
