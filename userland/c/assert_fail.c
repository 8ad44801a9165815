// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let an assertion fail, and see what becomes of one that is compiled out.
 *
 * assert(condition) says where and what, and calls abort(), if the condition is false: the status is 128 + 6. It is for
 * mistakes of the programmer. With NDEBUG defined it expands to nothing, so that the condition is not even computed: what
 * has an effect must not stand in it. <assert.h> may be included several times, and each time looks at NDEBUG anew; so one
 * file has both here.
 *
 * Sources: C11, 7.2; assert(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "true"
 * guest = "./assert_fail 1"
 * stdout = """
 * checked: x became 1
 * compiled out: x stayed 0
 * """
 * [[lkmc.run]]
 * name = "false"
 * guest = "./assert_fail 2"
 * status = 134
 * stderr = "assert_fail: userland/c/assert_fail.c:{dec}: check: Assertion `++x == expected' failed.\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>

#undef NDEBUG
#include <assert.h>

static void check(int expected)
{
	int x = 0;

	assert(++x == expected);
	printf("checked: x became %d\n", x);
}

#define NDEBUG
#include <assert.h>

static void do_not_check(int expected)
{
	int x = 0;

	(void)expected;
	assert(++x == expected);
	printf("compiled out: x stayed %d\n", x);
}

int main(int argc, char **argv)
{
	int expected = argc > 1 ? atoi(argv[1]) : 1;

	check(expected);
	do_not_check(expected);
	return EXIT_SUCCESS;
}
