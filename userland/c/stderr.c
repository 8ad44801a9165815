// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to standard output and to standard error, and see them arrive in another order.
 *
 * Two streams, so that `program > file` keeps results and shows messages. Standard error is not buffered: what is written
 * is there, even if the program crashes in the next line. Standard output into a file or a pipe is buffered until some
 * kilobytes have come together or the program ends. So when both go to the same place, the first line arrives last, unless
 * it is flushed.
 *
 * Sources: C11, 7.21.3 paragraph 7; stderr(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "apart"
 * guest = "./stderr"
 * stdout = "first, to standard output\n"
 * stderr = "second, to standard error\n"
 * [[lkmc.run]]
 * name = "together"
 * guest = "./stderr 2>&1 | cat"
 * stdout = """
 * second, to standard error
 * first, to standard output
 * """
 * [[lkmc.run]]
 * name = "flushed"
 * guest = "./stderr flush 2>&1 | cat"
 * stdout = """
 * first, to standard output
 * second, to standard error
 * """
 * [/lkmc]
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	(void)argv;
	fprintf(stdout, "first, to standard output\n");
	if (argc > 1)
		fflush(stdout);
	fprintf(stderr, "second, to standard error\n");
	return 0;
}
