// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spin until a variable changes, which with the argument `forever` nobody does but a debugger.
 *
 * A program that hangs is interrupted (Ctrl-C in GDB), looked at where it is, and let go by setting what it waits for.
 *
 * Sources: GDB manual, "Stopping and Continuing", "Assignment to Variables".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./spin"
 * stdout = "done\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <string.h>

static volatile int done;
static volatile unsigned long rounds;

int main(int argc, char **argv)
{
	int forever = argc > 1 && !strcmp(argv[1], "forever");

	while (!done) { /* gdb: loop */
		if (++rounds > 1000 && !forever)
			done = 1;
	}
	puts("done");
	return 0;
}
