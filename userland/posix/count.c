// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count seconds, for ever: something that lives and says so, for debuggers and as a first process.
 *
 * Each line is flushed, or a reader behind a pipe would see nothing for some minutes. When the reader goes, the next write
 * gets SIGPIPE, which ends the program: that is why `count | head -n 3` comes back. Sleeping one second after each line is
 * not counting seconds: what the lines take comes on top. count_to.c does it right.
 *
 * Sources: sleep(3), pipe(7).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./count | head -n 3"
 * stdout = """
 * 0
 * 1
 * 2
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	for (unsigned long i = 0;; i++) {
		printf("%lu\n", i);
		fflush(stdout);
		sleep(1);
	}
}
