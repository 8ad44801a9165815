// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Map a file into memory: a file that is an array, and an array that is a file.
 *
 *     MAP_SHARED    what is written to the memory is in the file at once, for everybody who reads it
 *     MAP_PRIVATE   a page that is written to becomes a copy of one's own
 *
 * Both show the pages of the kernel's page cache, which are those that read(2) and write(2) copy from and to; nothing is
 * read twice. A mapping consists of whole pages. After the end of the file the rest of the last page is zero, and what is
 * written there goes nowhere. A page that has no byte of the file in it cannot be touched: SIGBUS.
 *
 * Sources: mmap(2), msync(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./mmap_file && cat mmap_file.tmp"
 * stdout = """
 * mapped: [some text]
 * written through the shared mapping, read() says [SOME text]
 * written with write(), the shared mapping says [SOME TEXT]
 * written through the private mapping, which says [nome TEXT], read() says [SOME TEXT]
 * the rest of the page: all 0
 * the page after the end: killed by signal 7
 * SOME TEXT"""
 * [/lkmc]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEXT "some text"
#define LENGTH (sizeof TEXT - 1)

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static char *map(int file, size_t bytes, int flags)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, file, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

static const char *contents(int file)
{
	static char text[LENGTH + 1];

	if (pread(file, text, LENGTH, 0) != (ssize_t)LENGTH)
		die("pread");
	return text;
}

static void touch_in_child(volatile char *address)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		die("fork");
	if (child == 0) {
		(void)*address;
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	printf("the page after the end: killed by signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

int main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i = LENGTH;
	int file = open("mmap_file.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *shared, *copied;

	if (file < 0 || write(file, TEXT, LENGTH) != (ssize_t)LENGTH)
		die("mmap_file.tmp");
	shared = map(file, 2 * page, MAP_SHARED);
	copied = map(file, page, MAP_PRIVATE);
	printf("mapped: [%.*s]\n", (int)LENGTH, shared);

	memcpy(shared, "SOME", 4);
	printf("written through the shared mapping, read() says [%s]\n", contents(file));
	if (pwrite(file, "TEXT", 4, 5) != 4)
		die("pwrite");
	printf("written with write(), the shared mapping says [%.*s]\n", (int)LENGTH, shared);
	memcpy(copied, "nome", 4);
	printf("written through the private mapping, which says [%.*s], read() says [%s]\n", (int)LENGTH, copied, contents(file));

	while (i < page && shared[i] == 0)
		i++;
	printf("the rest of the page: %s\n", i == page ? "all 0" : "something");
	fflush(stdout);
	touch_in_child(shared + page);
	/* On the disk, too: without it that happens some time later. */
	if (msync(shared, page, MS_SYNC))
		die("msync");
	munmap(shared, 2 * page);
	munmap(copied, page);
	close(file);
	return EXIT_SUCCESS;
}
