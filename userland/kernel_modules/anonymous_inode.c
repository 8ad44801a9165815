// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Get two descriptors from one file, and read them in turn: companion of
 * kernel_modules/anonymous_inode.c.
 *
 * Usage: anonymous_inode FILE
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../kernel_modules/anonymous_inode.h"

static int counter(int fd, __u32 start)
{
	int result = ioctl(fd, LKMC_ANONYMOUS_INODE_COUNTER, &start);

	if (result < 0) {
		perror("ioctl");
		exit(EXIT_FAILURE);
	}
	return result;
}

static void print_next(const char *name, int fd)
{
	char text[32];
	ssize_t length = read(fd, text, sizeof(text));

	if (length < 0) {
		perror("read");
		exit(EXIT_FAILURE);
	}
	printf("%s: %.*s", name, (int)length, text);
}

int main(int argc, char **argv)
{
	char path[64], target[64];
	int fd, first, second;
	ssize_t length;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	first = counter(fd, 10);
	second = counter(fd, 100);
	close(fd);

	snprintf(path, sizeof(path), "/proc/self/fd/%d", first);
	length = readlink(path, target, sizeof(target));
	printf("the first file is %.*s\n", length < 0 ? 0 : (int)length, target);

	print_next("first", first);
	print_next("second", second);
	print_next("first", first);
	print_next("second", second);
	printf("into one byte: %s\n", read(first, path, 1) < 0 ? strerror(errno) : "read");
	print_next("first", first);
	close(first);
	close(second);
	return EXIT_SUCCESS;
}
