// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the environment, change it, and see who gets the change.
 *
 * The environment is a second array of strings behind the arguments, NAME=VALUE by custom. execve(2) hands it to a program;
 * the C library has it in `environ`. setenv(3) and unsetenv(3) change this process's own copy. Children that are started
 * afterwards inherit it; the parent never sees it, so a program cannot set a variable of the shell that started it.
 *
 * /proc/PID/environ shows what the process was started with, whatever it did since.
 *
 * Sources: environ(7), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "given"
 * guest = "env -i A=1 B='two words' C= ./environ"
 * stdout = """
 * A=1
 * B=two words
 * C=
 * HOME is not set
 * """
 * [[lkmc.run]]
 * name = "changed"
 * guest = "env -i PATH=/bin A=1 HOME=/root ./environ change; echo \"the shell: ${A-A is not set}\""
 * stdout = """
 * PATH=/bin
 * A=1
 * HOME=/root
 * HOME is /root
 * started with: A=1
 * a child: A=2, HOME is not set
 * the shell: A is not set
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern char **environ;

static void started_with(void)
{
	FILE *file = fopen("/proc/self/environ", "r");
	char *variable = NULL;
	size_t room = 0;

	while (file && getdelim(&variable, &room, '\0', file) > 0)
		if (!strncmp(variable, "A=", 2))
			printf("started with: %s\n", variable);
	free(variable);
}

int main(int argc, char **argv)
{
	const char *home = getenv("HOME");

	(void)argv;
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	if (home)
		printf("HOME is %s\n", home);
	else
		puts("HOME is not set");
	if (argc == 1)
		return EXIT_SUCCESS;

	/* The last argument: whether a variable that is there is to be replaced. */
	if (setenv("A", "2", 1) || setenv("A", "3", 0) || unsetenv("HOME")) {
		perror("setenv");
		return EXIT_FAILURE;
	}
	started_with();
	fflush(stdout);
	return system("echo \"a child: A=$A, HOME is ${HOME-not set}\"") ? EXIT_FAILURE : EXIT_SUCCESS;
}
