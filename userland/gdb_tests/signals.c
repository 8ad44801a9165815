// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program that gets signals, which its debugger sees first.
 *
 * It sends SIGUSR1 to itself and counts in a handler how often that arrives. A debugger is told of each signal before the
 * program is, and may keep it from the program, or give it another. With the argument `crash` the program writes to address 8
 * afterwards.
 *
 * Sources: signal(7), raise(3); GDB manual, "Signals".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./signals"
 * stdout = "2 signals\n"
 *
 * [[lkmc.run]]
 * name = "crash"
 * guest = "./signals crash"
 * stdout = "2 signals\n"
 * status = 139
 * [/lkmc]
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t count;

static void handler(int number)
{
	(void)number;
	count++; /* gdb: handler */
}

static void crash(volatile int *address)
{
	*address = 1; /* gdb: crash */
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = handler };

	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	raise(SIGUSR1);
	printf("%d signals\n", (int)count); /* gdb: counted */
	fflush(stdout);
	if (argc > 1 && !strcmp(argv[1], "crash"))
		crash((int *)8);
	return 0;
}
