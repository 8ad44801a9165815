// SPDX-License-Identifier: GPL-2.0-or-later
/* The suite of kunit_example.c with a function that overflows, so that two of its tests fail. */
#include <linux/limits.h>

#define KUNIT_EXAMPLE_LIMIT UINT_MAX
#include "kunit_example.c"
