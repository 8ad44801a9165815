// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that makes another one, either of which a debugger can follow.
 *
 * The child ends with status 7, and the parent waits for it and says so. At a fork a debugger has to choose: it stays with the
 * parent, follows the child, or keeps both.
 *
 * Sources: fork(2), waitpid(2); GDB manual, "Debugging Forks".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./forks"
 * stdout = "the child ended with 7\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int child_status(void)
{
	return 7; /* gdb: child */
}

int main(void)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return EXIT_FAILURE;
	if (child == 0)
		_exit(child_status());
	if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return EXIT_FAILURE;
	printf("the child ended with %d\n", WEXITSTATUS(status)); /* gdb: parent */
	return 0;
}
