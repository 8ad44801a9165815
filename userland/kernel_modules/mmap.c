// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Map a page of the kernel's, and exchange numbers through it: companion of kernel_modules/mmap.c.
 *
 * Usage: mmap FILE
 */

/* mremap() */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
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

static sigjmp_buf back;

static void on_signal(int number)
{
	siglongjmp(back, number);
}

/* Makes the mapping of one page two pages long, and touches the new one. */
static void try_grow(volatile uint32_t *page)
{
	size_t size = sysconf(_SC_PAGESIZE);
	const volatile char *grown = mremap((void *)page, size, 2 * size, MREMAP_MAYMOVE);
	int number;

	printf("a second page by mremap: ");
	if (grown == MAP_FAILED) {
		printf("%s\n", strerror(errno));
		return;
	}
	signal(SIGBUS, on_signal);
	number = sigsetjmp(back, 1);
	if (number)
		printf("signal %d\n", number);
	else
		printf("reads %d\n", grown[size]);
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
	try_grow(second);
	return EXIT_SUCCESS;
}
