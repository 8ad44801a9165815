// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fail an assertion, and be told so by the exit status.
 *
 * assert() calls abort(), which raises SIGABRT. There is no kernel to deliver a signal: picolibc calls the handler itself or,
 * without one, ends the program. The status, 128 + 6, is the one that a shell reports of a program that this signal has killed.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 134
 * stdout-has = ["{any}assertion \"one + one == 3\" failed{any}"]
 * [/lkmc]
 */

#include <assert.h>

int main(void)
{
	volatile int one = 1;

	assert(one + one == 3);
	return 0;
}
