// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handle page faults in a program: the contents of memory are made when somebody first looks.
 *
 * Usually the kernel handles a page fault: it finds a zeroed page, or one of a file.
 * userfaultfd(2) hands the faults of a range of addresses to a program instead. The thread that
 * faulted sleeps in the kernel; the one that reads the descriptor learns the address, produces
 * the page, from a network say, and puts it in place with UFFDIO_COPY, which wakes the first.
 * Migration of running virtual machines is made of this: the guest runs before its memory has
 * arrived.
 *
 * Here every page holds its own number. Three pages are looked at, so three faults arrive, in
 * that order; the second look at a page makes none.
 *
 * Sources: userfaultfd(2), ioctl_userfaultfd(2); kernel documentation,
 * admin-guide/mm/userfaultfd.rst.
 *
 * [lkmc]
 * kconfig = ["USERFAULTFD=y"]
 *
 * [[lkmc.run]]
 * guest = "./userfaultfd"
 * stdout = """
 * fault in page 7
 * page 7 says: I am page 7
 * fault in page 2
 * page 2 says: I am page 2
 * fault in page 1000
 * page 1000 says: I am page 1000
 * page 7 says: I am page 7
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGES 1024
#define MAX_PAGE 65536

static char *range;
static size_t page;

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void *handle_faults(void *argument)
{
	static char contents[MAX_PAGE];
	int faults = (int)(intptr_t)argument;
	struct uffd_msg message;

	/* Returns when there is a fault, and at the latest when the process ends. */
	while (read(faults, &message, sizeof(message)) == sizeof(message)) {
		uintptr_t address = message.arg.pagefault.address / page * page;
		size_t number = (address - (uintptr_t)range) / page;
		struct uffdio_copy copy = {
			.dst = address,
			.src = (uintptr_t)contents,
			.len = page,
		};

		if (message.event != UFFD_EVENT_PAGEFAULT)
			continue;
		printf("fault in page %zu\n", number);
		snprintf(contents, sizeof(contents), "I am page %zu", number);
		if (ioctl(faults, UFFDIO_COPY, &copy))
			die("UFFDIO_COPY");
	}
	die("userfaultfd");
	return NULL;
}

static void look_at(size_t number)
{
	const char *contents = range + number * page;
	/* This load is what faults, so that printf need not. */
	char first = *(const volatile char *)contents;

	printf("page %zu says: %c%s\n", number, first, contents + 1);
}

int main(void)
{
	struct uffdio_register wanted = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	pthread_t handler;
	int faults;

	setvbuf(stdout, NULL, _IOLBF, 0);
	page = getpagesize();
	range = mmap(NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (range == MAP_FAILED || faults < 0 || ioctl(faults, UFFDIO_API, &api))
		die("userfaultfd");
	wanted.range.start = (uintptr_t)range;
	wanted.range.len = PAGES * page;
	if (ioctl(faults, UFFDIO_REGISTER, &wanted))
		die("UFFDIO_REGISTER");
	if (pthread_create(&handler, NULL, handle_faults, (void *)(intptr_t)faults))
		die("pthread_create");

	look_at(7);
	look_at(2);
	look_at(1000);
	look_at(7);
	return EXIT_SUCCESS;
}
