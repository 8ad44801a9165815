// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add up square roots, compiled as programs are that are to be fast.
 *
 *     square_roots [COUNT]
 *
 * Without `cflags` programs are compiled with -Og, for debuggers. What the compiler makes of the loop is in
 * `lkmc trace exec` of a run on gem5.
 *
 * [lkmc]
 * cflags = ["-O2", "-fno-math-errno"]
 *
 * [[lkmc.run]]
 * guest = "./square_roots 100"
 * stdout = "optimised\n671.463\n"
 * [/lkmc]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	double sum = 0;

	for (int i = 1; i <= count; i++)
		sum += sqrt(i);
#ifdef __OPTIMIZE__
	puts("optimised");
#endif
	printf("%.3f\n", sum);
	return 0;
}
