// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to a file, and have the first place fail that can, then the second, until none does: companion of
 * kernel_modules/fail_nth.c.
 *
 * Usage: fail_nth FILE
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* More places than one write can have. */
#define MANY 1000

static int open_or_die(const char *path)
{
	int fd = open(path, O_RDWR);

	if (fd < 0)
		err(1, "%s", path);
	return fd;
}

/* Copying the number to the kernel is a place that can fail as well, and what is left of an earlier number may hit it. */
static void set(int fail_nth, int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", nth);

	while (pwrite(fail_nth, text, length, 0) != length)
		if (errno != EFAULT)
			err(1, "fail-nth");
}

static void print_held(int file)
{
	char text[16];
	ssize_t length = pread(file, text, sizeof(text), 0);

	if (length < 0)
		err(1, "read");
	printf("; held: %.*s", (int)length, text);
}

int main(int argc, char **argv)
{
	int file, fail_nth, nth;

	if (argc != 2)
		errx(2, "usage: fail_nth FILE");
	file = open_or_die(argv[1]);
	fail_nth = open_or_die("/proc/thread-self/fail-nth");
	for (nth = 1; nth < MANY; nth++) {
		ssize_t written;
		int error;

		set(fail_nth, nth);
		written = write(file, "x", 1);
		error = errno;
		set(fail_nth, 0);
		if (written == 1) {
			printf("nothing fails");
			print_held(file);
			return 0;
		}
		printf("%d fails: %s", nth, strerror(error));
		print_held(file);
	}
	errx(1, "%s fails for ever", argv[1]);
}
