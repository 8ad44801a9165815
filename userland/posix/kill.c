// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send signals to another process: stop it, let it go on, ask it to end, end it.
 *
 *     0         nothing is sent; is there such a process, and may I?
 *     SIGSTOP   stops it, SIGCONT lets it go on; the parent may wait for both
 *     SIGTERM   asks: a process may have a handler, or block it until later
 *     SIGKILL   does not ask
 *
 * A process that has ended can be sent signals as long as nobody waited for it, because its number is still taken. Afterwards
 * there is no such process, and one day the number is another one's: kill(2) is only safe for one's own children.
 *
 * Sources: kill(2), waitpid(2), signal(7).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./kill"
 * stdout = """
 * signal 0: the child is there
 * SIGSTOP: stopped by signal 19 (Stopped (signal))
 * SIGCONT: goes on
 * SIGTERM: ended by itself with status 7, as its handler wanted
 * SIGKILL: ended by signal 9 (Killed)
 * signal 0 after waiting: No such process
 * signal 1000: Invalid argument
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void leave(int signal)
{
	(void)signal;
	_exit(7);
}

/* A child that waits for signals. SIGTERM is blocked until it is ready: one that comes too early is kept. */
static pid_t start(void)
{
	sigset_t terminate, before;
	pid_t child;

	sigemptyset(&terminate);
	sigaddset(&terminate, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &terminate, &before))
		die("sigprocmask");
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0) {
		signal(SIGTERM, leave);
		for (;;)
			sigsuspend(&before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return child;
}

static void send_and_wait(const char *name, pid_t child, int signal)
{
	int status;

	if (kill(child, signal))
		die("kill");
	if (waitpid(child, &status, WUNTRACED | WCONTINUED) != child)
		die("waitpid");
	printf("%s: ", name);
	if (WIFSTOPPED(status))
		printf("stopped by signal %d (%s)\n", WSTOPSIG(status), strsignal(WSTOPSIG(status)));
	else if (WIFCONTINUED(status))
		puts("goes on");
	else if (WIFSIGNALED(status))
		printf("ended by signal %d (%s)\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		printf("ended by itself with status %d, as its handler wanted\n", WEXITSTATUS(status));
	fflush(stdout);
}

int main(void)
{
	pid_t child = start();

	printf("signal 0: %s\n", kill(child, 0) ? strerror(errno) : "the child is there");
	send_and_wait("SIGSTOP", child, SIGSTOP);
	send_and_wait("SIGCONT", child, SIGCONT);
	send_and_wait("SIGTERM", child, SIGTERM);
	child = start();
	send_and_wait("SIGKILL", child, SIGKILL);
	printf("signal 0 after waiting: %s\n", kill(child, 0) ? strerror(errno) : "it is there");
	printf("signal 1000: %s\n", kill(getpid(), 1000) ? strerror(errno) : "sent");
	return EXIT_SUCCESS;
}
