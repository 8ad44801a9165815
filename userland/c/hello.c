// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print hello, and know whether it was printed.
 *
 * puts() only copies the line into a buffer. It reaches the file when the buffer is full, at every line break if standard
 * output is a terminal, or at the end of the program, where nobody looks at the result any more. So a program that takes
 * its output seriously flushes it while it can still say that it failed. /dev/full is a device whose writes fail as on a
 * full disk.
 *
 * Sources: C11, 7.21.3, 7.21.5.2; full(4).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "printed"
 * guest = "./hello"
 * stdout = "hello\n"
 * [[lkmc.run]]
 * name = "disk full"
 * guest = "./hello > /dev/full"
 * status = 1
 * stderr = "hello: No space left on device\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	if (puts("hello") == EOF || fflush(stdout) == EOF) {
		perror("hello");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
