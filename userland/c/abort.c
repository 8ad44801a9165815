// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End a program at once because it found itself broken: abort().
 *
 * Nothing is tidied up: functions registered with atexit() are not called, and what is still in the buffer of standard
 * output is lost (C leaves that open; this C library does not flush). The process dies of SIGABRT, by which the shell says
 * 128 + 6. Not even a handler for the signal prevents it: when it returns, abort() takes it away and raises the signal
 * again. Only a handler that does not return, with longjmp(), gets around it.
 *
 * Sources: C11, 7.22.4.1; abort(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "default"
 * guest = "./abort"
 * status = 134
 * stderr = "written before abort()\n"
 * [[lkmc.run]]
 * name = "with a handler"
 * guest = "./abort handler"
 * status = 134
 * stderr = """
 * written before abort()
 * the handler has seen signal 6
 * """
 * [/lkmc]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void tidy_up(void)
{
	fputs("this must not be seen\n", stdout);
}

static void handle(int signal)
{
	/* In a handler only few functions may be called; printf() is none of them, write() is. */
	static char text[] = "the handler has seen signal ?\n";
	ssize_t written;

	text[sizeof text - 3] = (char)('0' + signal);
	written = write(STDERR_FILENO, text, sizeof text - 1);
	(void)written;
}

int main(int argc, char **argv)
{
	(void)argv;
	atexit(tidy_up);
	if (argc > 1)
		signal(SIGABRT, handle);
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	puts("this stays in the buffer");
	fputs("written before abort()\n", stderr);
	abort();
}
