// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leave a mark in the kernel log: how long after boot did user space get here?
 *
 * A line written to /dev/kmsg becomes a message of the kernel log, with the kernel's time stamp,
 * so that it can be compared with what the kernel itself logged. Run as init it marks the moment
 * when the kernel is done. CLOCK_MONOTONIC begins at boot, like the time stamps, and stands still
 * while the machine is suspended; CLOCK_BOOTTIME does not.
 *
 * Sources: kernel documentation, ABI/testing/dev-kmsg; clock_gettime(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./time_boot"
 * stdout = "monotonic and boot time agree: yes\n"
 * dmesg = ["time_boot.c: {dec}.{dec} s after boot"]
 * [/lkmc]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

int main(void)
{
	struct timespec monotonic, boot;
	char line[64];
	int length, log = open("/dev/kmsg", O_WRONLY);

	if (log < 0)
		die("/dev/kmsg");
	if (clock_gettime(CLOCK_MONOTONIC, &monotonic) || clock_gettime(CLOCK_BOOTTIME, &boot))
		die("clock_gettime");
	/* One write is one message, so stdio must not cut it into pieces. */
	length = snprintf(line, sizeof(line), "time_boot.c: %ld.%06ld s after boot\n",
			  (long)monotonic.tv_sec, monotonic.tv_nsec / 1000);
	if (write(log, line, length) != length)
		die("/dev/kmsg");
	close(log);
	/* The second clock was read a moment later; the machine has never been suspended. */
	printf("monotonic and boot time agree: %s\n",
	       boot.tv_sec - monotonic.tv_sec <= 1 ? "yes" : "no");
	return EXIT_SUCCESS;
}
