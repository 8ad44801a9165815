// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Connect two programs as a shell does for `one | other`: pipe, fork, dup2, exec.
 *
 *     pipe()   two descriptors of a buffer in the kernel: what is written into one is read from the other
 *     fork()   a process for each program, which inherits both
 *     dup2()   makes the writing end number 1 in one of them, and the reading end number 0 in the other
 *     exec()   another program in the same process, with the descriptors that there are
 *
 * The programs know nothing of it: they read 0 and write 1. That is why fork and exec are two calls: between them the child does
 * what is to be different for it.
 *
 * What to notice: - Every end that is not needed has to be closed, by the parent as well. A reader
 * gets the end of the file when the last writing end
 *   is closed: one that was forgotten, be it the reader's own, and it waits for ever. O_CLOEXEC closes them at exec(), so
 *   that no program gets them by accident.
 * - A writer without a reader gets SIGPIPE, and dies of it: so `yes | head -1` ends.
 * - The buffer is finite (64 KiB): a program that writes into a pipe and then reads it itself hangs when it is full.
 *
 * Sources: pipe(7), dup2(3p), fcntl(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./pipe_exec"
 * stdout = """
 * from `echo hello` through `tr a-z A-Z`: HELLO
 * status of both: 0 0
 * `yes` through `head -n 1`: y
 * the writer was killed by signal 13, Broken pipe
 * a pipe holds 65536 bytes
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ, WRITE };

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static pid_t start(char *const *command, int input, int output)
{
	pid_t child = fork();

	if (child < 0)
		fail("fork");
	if (child > 0)
		return child;
	/* The copies have no O_CLOEXEC; all others close themselves. */
	if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(command[0], command);
	_exit(127);
}

/* What comes out of `one | other` goes to `text`, how both ended to `status`. */
static void run(char *const *one, char *const *other, char *text, size_t size, int status[2])
{
	int between[2], out[2];
	pid_t writer, reader;
	ssize_t length, all = 0;

	if (pipe2(between, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		fail("pipe2");
	writer = start(one, STDIN_FILENO, between[WRITE]);
	reader = start(other, between[READ], out[WRITE]);
	close(between[READ]);
	close(between[WRITE]);
	close(out[WRITE]);
	while ((size_t)all + 1 < size && (length = read(out[READ], text + all, size - 1 - (size_t)all)) > 0)
		all += length;
	text[all] = '\0';
	close(out[READ]);
	waitpid(writer, &status[0], 0);
	waitpid(reader, &status[1], 0);
}

/* Until it would have to wait. */
static size_t capacity(void)
{
	int ends[2];
	size_t written = 0;

	if (pipe2(ends, O_NONBLOCK))
		fail("pipe2");
	while (write(ends[WRITE], "", 1) == 1)
		written++;
	if (errno != EAGAIN)
		fail("write");
	return written;
}

int main(void)
{
	char *echo[] = { "echo", "hello", NULL }, *upper[] = { "tr", "a-z", "A-Z", NULL };
	char *yes[] = { "yes", NULL }, *head[] = { "head", "-n", "1", NULL };
	char text[100];
	int status[2];

	run(echo, upper, text, sizeof text, status);
	printf("from `echo hello` through `tr a-z A-Z`: %s", text);
	printf("status of both: %d %d\n", WEXITSTATUS(status[0]), WEXITSTATUS(status[1]));
	run(yes, head, text, sizeof text, status);
	printf("`yes` through `head -n 1`: %s", text);
	if (WIFSIGNALED(status[0]))
		printf("the writer was killed by signal %d, %s\n", WTERMSIG(status[0]), strsignal(WTERMSIG(status[0])));
	else
		printf("the writer ended with status %d\n", WEXITSTATUS(status[0]));
	printf("a pipe holds %zu bytes\n", capacity());
	return EXIT_SUCCESS;
}
