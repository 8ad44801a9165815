// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Map a page of the kernel's, and exchange numbers through it: companion of kernel_modules/mmap.c.
 *
 * Usage: mmap FILE
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile uint32_t *map(int fd)
{
	void *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
	return page;
}

static void try_map(const char *what, int fd, int pages, int flags)
{
	void *page = mmap(NULL, pages * sysconf(_SC_PAGESIZE), PROT_READ, flags, fd, 0);

	printf("%s: %s\n", what, page == MAP_FAILED ? strerror(errno) : "mapped");
}

int main(int argc, char **argv)
{
	volatile uint32_t *first, *second;
	uint32_t number;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	first = map(fd);
	printf("the program sees 0x%x\n", *first);

	*first = 1;
	if (read(fd, &number, sizeof(number)) != sizeof(number)) {
		perror("read");
		return EXIT_FAILURE;
	}
	printf("the program stores 0x1; the kernel sees 0x%x\n", number);

	number = 2;
	if (write(fd, &number, sizeof(number)) != sizeof(number)) {
		perror("write");
		return EXIT_FAILURE;
	}
	printf("the kernel stores 0x2; the program sees 0x%x\n", *first);

	second = map(fd);
	printf("the second mapping sees 0x%x\n", *second);

	try_map("a private mapping", fd, 1, MAP_PRIVATE);
	try_map("two pages", fd, 2, MAP_SHARED);
	return EXIT_SUCCESS;
}
