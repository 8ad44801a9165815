// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End in every way that C has, with any status: what is still done on the way out?
 *
 *     exit_status return|exit|quick_exit|_Exit STATUS
 *
 *     return from main()  the same as exit() with that value
 *     exit()              calls what atexit() registered, then writes buffers out and closes files
 *     quick_exit()        calls what at_quick_exit() registered, and writes no buffers
 *     _Exit()             does neither
 *
 * Of the status only the lowest eight bits reach the parent: 256 is success, -1 is 255. 0 means success and anything else
 * failure; EXIT_FAILURE is 1. By custom 2 is wrong usage, and shells use 126, 127 and everything above 128 for themselves.
 *
 * In the second run standard error and standard output go the same way, so the order is that in which they were written: the
 * buffer comes after the functions.
 *
 * Sources: C11, 7.22.4; POSIX.1-2017, waitpid, WEXITSTATUS.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "success"
 * guest = "./exit_status return 0"
 * stdout = "from the buffer\n"
 * stderr = "atexit function\n"
 * [[lkmc.run]]
 * name = "ways"
 * guest = '''
 * for way in return exit quick_exit _Exit; do
 *     ./exit_status $way 3 2>&1 || echo "$way: $?"
 * done
 * '''
 * stdout = """
 * atexit function
 * from the buffer
 * return: 3
 * atexit function
 * from the buffer
 * exit: 3
 * at_quick_exit function
 * quick_exit: 3
 * _Exit: 3
 * """
 * [[lkmc.run]]
 * name = "values"
 * guest = '''
 * for status in 1 2 255 256 257 -1; do
 *     s=0
 *     ./exit_status _Exit $status || s=$?
 *     echo "$status: $s"
 * done
 * '''
 * stdout = """
 * 1: 1
 * 2: 2
 * 255: 255
 * 256: 0
 * 257: 1
 * -1: 255
 * """
 * [[lkmc.run]]
 * name = "failure"
 * guest = "./exit_status exit 1"
 * status = 1
 * stdout = "from the buffer\n"
 * stderr = "atexit function\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./exit_status"
 * status = 2
 * stderr = "usage: exit_status return|exit|quick_exit|_Exit STATUS\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void at_exit(void)
{
	fputs("atexit function\n", stderr);
}

static void at_quick(void)
{
	fputs("at_quick_exit function\n", stderr);
}

static int usage(void)
{
	fputs("usage: exit_status return|exit|quick_exit|_Exit STATUS\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	int status;

	if (argc != 3)
		return usage();
	status = atoi(argv[2]);
	atexit(at_exit);
	at_quick_exit(at_quick);
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	puts("from the buffer");
	if (!strcmp(argv[1], "return"))
		return status;
	if (!strcmp(argv[1], "exit"))
		exit(status);
	if (!strcmp(argv[1], "quick_exit"))
		quick_exit(status);
	if (!strcmp(argv[1], "_Exit"))
		_Exit(status);
	return usage();
}
