// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Provoke the errors of the basic file operations: companion of kernel_modules/fops.c.
 *
 * Usage: fops FILE
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void report(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, strerror(errno));
	else
		printf("%s: %ld\n", what, result);
}

int main(int argc, char **argv)
{
	void *forbidden;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	/* A valid address at which nothing may be read or written. */
	forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (fd < 0 || forbidden == MAP_FAILED) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	report("read into memory that may not be written", read(fd, forbidden, 4));
	report("write from memory that may not be read", write(fd, forbidden, 4));
	report("lseek before the beginning", lseek(fd, -1, SEEK_SET));
	report("lseek behind the end", lseek(fd, 9, SEEK_SET));
	report("lseek from nowhere", lseek(fd, 0, 99));
	report("lseek to the last byte", lseek(fd, -1, SEEK_END));
	report("write of 3 bytes there", write(fd, "xyz", 3));
	report("write at the end", write(fd, "xyz", 3));
	return EXIT_SUCCESS;
}
