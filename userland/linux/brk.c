// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Move the end of the heap by hand with brk(2), and see that memory beyond it is no memory.
 *
 * The "program break" is where a process's heap ends. Moving it up makes zeroed memory, moving it
 * down takes it away; malloc(3) gets small blocks that way. Only whole pages exist, so the demo
 * moves by one page. A child that touches the page after it was given back dies of signal 11,
 * SIGSEGV.
 *
 * Sources: brk(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./brk"
 * stdout = """
 * one page up: the break has moved by 4096
 * the new page holds 0, and takes 42
 * one page down: the break is where it was
 * touching the page now: killed by signal 11
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

int main(void)
{
	uintptr_t page = getpagesize();
	uintptr_t start = ((uintptr_t)sbrk(0) + page - 1) / page * page;
	volatile char *memory = (volatile char *)start;
	int status;
	pid_t child;

	/* From here on nothing may call malloc, which moves the break too: printf gets its buffer now. */
	setvbuf(stdout, NULL, _IONBF, 0);
	if (brk((void *)start) || brk((void *)(start + page)))
		die("brk");
	printf("one page up: the break has moved by %lu\n",
	       (unsigned long)((uintptr_t)sbrk(0) - start));
	printf("the new page holds %d", *memory);
	*memory = 42;
	printf(", and takes %d\n", *memory);

	if (brk((void *)start))
		die("brk");
	printf("one page down: the break is %s\n",
	       (uintptr_t)sbrk(0) == start ? "where it was" : "somewhere else");

	child = fork();
	if (child < 0)
		die("fork");
	if (!child) {
		*memory = 42;
		_exit(0);
	}
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	printf("touching the page now: killed by signal %d\n",
	       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	return EXIT_SUCCESS;
}
