// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a terminal with a session in it, as a terminal's window and an SSH server do: what Ctrl-C kills, why reading in the
 * background stops, and what hanging up is.
 *
 *     /dev/ptmx        each open() makes a terminal, and gives the end that the window keeps: keys go in, what is shown comes out
 *     /dev/pts/N       the other end, which is a terminal to programs
 *     setsid()         a session of one's own, which has no terminal yet; the caller leads it
 *     open()           the first terminal that the leader opens is the session's from then on: its controlling terminal
 *     tcsetpgrp()      which process group of the session is in the foreground
 *
 * A shell puts every job into a process group. The kernel, not the shell, sends SIGINT to the group in the foreground when Ctrl-C
 * comes in as a byte, and SIGTTIN to whoever else reads. When the window goes, the session's leader gets SIGHUP.
 *
 * At a real terminal a getty does what the child does here: setsid(), open("/dev/tty1"). It then becomes login, which asks who is
 * there, and that becomes the shell: all of them are one process, the leader. `login -f root` asks nothing.
 *
 * What to notice:
 * - /dev/tty is whatever terminal the session has. Without one it cannot be opened.
 * - The terminal of each process is the 7th field of /proc/PID/stat, as a device's number; `ps` has it from there.
 * - The shell is not in the foreground while a job is. It ignores SIGTTOU, or it would be stopped when it takes the terminal back.
 * - A terminal that was hung up stays so for all who have it open: reading ends, writing fails.
 *
 * Sources: credentials(7), pty(7), setsid(2), tcsetpgrp(3), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./terminals"
 * stdout = """
 * without a terminal: /dev/tty: No such device or address
 * the session's terminal is /dev/pts/{dec:number}, in /proc/self/stat 136:{dec:number}
 * Ctrl-C: the job was killed by signal 2, Interrupt
 * reading in the background: the job was stopped by signal 21, Stopped (tty input)
 * the window is gone: signal 1, Hangup
 * reading gives 0 bytes; writing: Input/output error
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

/* Of the calling process, or 0. */
static dev_t terminal_in_proc(void)
{
	FILE *file = fopen("/proc/self/stat", "re");
	char line[1000];
	int number;

	if (!file || !fgets(line, sizeof line, file))
		fail("/proc/self/stat");
	fclose(file);
	/* The name is between parentheses, and may have some itself. */
	if (sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %d", &number) != 1)
		fail("/proc/self/stat");
	return (dev_t)number;
}

/* A job in a process group of its own. It reads, or it waits for a signal. */
static pid_t start(int terminal, int reads)
{
	pid_t job = fork();
	char byte;

	if (job < 0)
		fail("fork");
	if (job == 0) {
		/* A program gets the signals of its shell back to what they usually do. */
		signal(SIGTTOU, SIG_DFL);
		setpgid(0, 0);
		while (!reads || read(terminal, &byte, 1) >= 0)
			pause();
		_exit(EXIT_FAILURE);
	}
	/* Both do it, because nobody knows who is first. */
	setpgid(job, job);
	return job;
}

static void report(const char *what, pid_t job)
{
	int status;

	if (waitpid(job, &status, WUNTRACED) != job)
		fail("waitpid");
	if (WIFSTOPPED(status))
		printf("%s: the job was stopped by signal %d, %s\n", what, WSTOPSIG(status), strsignal(WSTOPSIG(status)));
	else if (WIFSIGNALED(status))
		printf("%s: the job was killed by signal %d, %s\n", what, WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		printf("%s: the job ended with status %d\n", what, WEXITSTATUS(status));
}

/* The session's leader. A byte into `window` each time that something is to happen at the terminal. */
static void shell(const char *name, int window)
{
	sigset_t hangup;
	char byte;
	pid_t job;
	int terminal, signal_number;

	if (setsid() < 0)
		fail("setsid");
	if (open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0)
		fail("there is a terminal already");
	printf("without a terminal: /dev/tty: %s\n", strerror(errno));
	terminal = open(name, O_RDWR | O_CLOEXEC);
	if (terminal < 0)
		fail(name);
	if (tcgetsid(terminal) != getpid() || open("/dev/tty", O_RDWR | O_CLOEXEC) < 0)
		fail("no controlling terminal");
	printf("the session's terminal is %s, in /proc/self/stat %u:%u\n", name, major(terminal_in_proc()),
	       minor(terminal_in_proc()));

	signal(SIGTTOU, SIG_IGN);
	job = start(terminal, 0);
	if (tcsetpgrp(terminal, job) || write(window, "", 1) != 1)
		fail("tcsetpgrp");
	report("Ctrl-C", job);
	if (tcsetpgrp(terminal, getpid()))
		fail("tcsetpgrp");

	job = start(terminal, 1);
	report("reading in the background", job);
	kill(job, SIGKILL);
	waitpid(job, NULL, 0);

	sigemptyset(&hangup);
	sigaddset(&hangup, SIGHUP);
	sigprocmask(SIG_BLOCK, &hangup, NULL);
	if (write(window, "", 1) != 1)
		fail("write");
	sigwait(&hangup, &signal_number);
	printf("the window is gone: signal %d, %s\n", signal_number, strsignal(signal_number));
	printf("reading gives %zd bytes; ", read(terminal, &byte, 1));
	printf("writing: %s\n", write(terminal, "", 1) < 0 ? strerror(errno) : "works");
	exit(EXIT_SUCCESS);
}

int main(void)
{
	int window = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), turns[2], status;
	char name[100], byte;
	pid_t child;

	/* Whatever is printed is printed at once, and no child has it twice. */
	setbuf(stdout, NULL);
	if (window < 0 || grantpt(window) || unlockpt(window) || ptsname_r(window, name, sizeof name) || pipe(turns))
		fail("posix_openpt");
	child = fork();
	if (child < 0)
		fail("fork");
	if (child == 0) {
		close(window);
		close(turns[0]);
		shell(name, turns[1]);
	}
	close(turns[1]);
	/* Ctrl-C is the byte 3, as long as nobody has told the terminal otherwise (stty). */
	if (read(turns[0], &byte, 1) != 1 || write(window, "\3", 1) != 1 || read(turns[0], &byte, 1) != 1)
		fail("the shell says nothing");
	close(window);
	return waitpid(child, &status, 0) == child && status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
