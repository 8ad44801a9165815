// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a second process out of one: fork(2) returns twice.
 *
 * The child is a copy: same program, same place in it, same values at the same addresses, same open files. From then on
 * what one writes the other does not see: the kernel copies a page when one of the two first writes to it. What they share
 * is what is outside: the position in an open file, for example. The parent waits for the child, and learns how it ended;
 * until then the child stays as a "zombie" (state Z).
 *
 * Text that is still in a buffer is copied too, and would come out twice: hence the fflush() before.
 *
 * Sources: fork(2), waitpid(2), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./fork | cat"
 * stdout = """
 * one process
 * child: I got 0, my parent is the process before
 * child: x is 2
 * parent: the child is a zombie
 * parent: I got the number of the child, which ended with 3
 * parent: x is 1
 * parent: the child moved our position in the file to 5
 * parent: no more children: No child processes
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static int child_main(pid_t before, volatile int *x, int file)
{
	*x = 2;
	printf("child: I got 0, my parent is %s\n", getppid() == before ? "the process before" : "another");
	printf("child: x is %d\n", *x);
	fflush(stdout);
	return write(file, "hello", 5) == 5 ? 3 : 4;
}

/* The child is over, but nobody has asked how it ended: WNOWAIT leaves it so. */
static void look_at(pid_t child)
{
	char name[40], state = '?';
	siginfo_t ended;
	FILE *stat;

	if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT))
		die("waitid");
	snprintf(name, sizeof name, "/proc/%d/stat", (int)child);
	stat = fopen(name, "r");
	if (!stat || fscanf(stat, "%*d (fork) %c", &state) != 1)
		die(name);
	fclose(stat);
	printf("parent: the child is %s\n", state == 'Z' ? "a zombie" : "no zombie");
}

int main(void)
{
	volatile int x = 1;
	pid_t before = getpid(), child;
	int status, file = memfd_create("shared", 0);

	if (file < 0)
		die("memfd_create");
	puts("one process");
	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		_exit(child_main(before, &x, file));

	look_at(child);
	if (waitpid(child, &status, 0) != child)
		die("waitpid");
	printf("parent: I got the number of the child, which ended with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	printf("parent: x is %d\n", x);
	printf("parent: the child moved our position in the file to %ld\n", (long)lseek(file, 0, SEEK_CUR));
	if (wait(&status) < 0)
		printf("parent: no more children: %s\n", strerror(errno));
	return EXIT_SUCCESS;
}
