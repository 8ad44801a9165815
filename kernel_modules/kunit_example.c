// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Test a function of the kernel in the kernel, with KUnit, and read the results from the log.
 *
 * KUnit is the kernel's unit-test framework. A suite is a list of functions that call the code
 * under test and state what must come of it. A suite in a module runs when the module is loaded;
 * the results are logged in KTAP, a text format with one line `ok` or `not ok` per test, which
 * machines can read.
 *
 * The function under test adds two bytes and stays at 255 instead of starting again at 0.
 *
 * What to notice:
 * - KUNIT_EXPECT_... notes a failure and goes on; KUNIT_ASSERT_... ends the test there, for when
 *   nothing after it would make sense.
 * - A table of cases becomes one test with several results (KUNIT_CASE_PARAM).
 * - kunit_kzalloc() memory is given back when the test ends, however it ends.
 * - kunit_skip() is for what cannot be tested here: `ok ... # SKIP`.
 * - kunit_broken.c is the same suite with a broken function: `not ok`, with file, line, what was
 *   expected and what came. The kernel has not failed, so the verdict is `pass` without --ktap. A
 *   module parameter could not break it on every kernel: 6.1 runs the suites of a module before it
 *   has read the parameters (MODULE_STATE_COMING), 6.12 after that (MODULE_STATE_LIVE).
 * - The kernel taints itself for tests, and wants kunit.enable=1 on its command line, unless built
 *   with CONFIG_KUNIT_DEFAULT_ENABLED.
 *
 * Sources: kernel documentation, dev-tools/kunit and dev-tools/ktap.
 *
 * [lkmc]
 * kconfig = ["KUNIT=y"]
 * modules = ["kunit_broken.c"]
 *
 * [lkmc.machine]
 * kernel-args = ["kunit.enable=1"]
 *
 * [[lkmc.run]]
 * name = "passing"
 * guest = """
 * insmod kunit_example.ko
 * rmmod kunit_example
 * """
 * dmesg = [
 *     "# Subtest: lkmc_saturating_add", "1..4",
 *     "ok 1 kunit_example_ordinary",
 *     "ok 2 kunit_example_saturates",
 *     "# Subtest: kunit_example_table",
 *     "ok 1 nothing", "ok 2 just fits", "ok 3 one too many",
 *     "ok 3 kunit_example_table",
 *     "ok 4 kunit_example_hardware # SKIP there is no such hardware",
 *     "ok 1 lkmc_saturating_add",
 * ]
 * dmesg-not = ["{any}not ok {any}"]
 *
 * [[lkmc.run]]
 * name = "failing"
 * guest = "insmod kunit_broken.ko"
 * dmesg = [
 *     "ok 1 kunit_example_ordinary",
 *     "# kunit_example_saturates: EXPECTATION FAILED at {any}kernel_modules/kunit_example.c:{dec}",
 *     "not ok 2 kunit_example_saturates",
 *     "not ok 3 one too many",
 *     "not ok 1 lkmc_saturating_add",
 * ]
 * [/lkmc]
 */

#include <kunit/test.h>
#include <linux/module.h>

/* kunit_broken.c has the other value. */
#ifndef KUNIT_EXAMPLE_LIMIT
#define KUNIT_EXAMPLE_LIMIT U8_MAX
#endif

/* The code under test. */
static u8 kunit_example_add(u8 a, u8 b)
{
	unsigned int sum = a + b;

	return sum > KUNIT_EXAMPLE_LIMIT ? U8_MAX : sum;
}

static void kunit_example_ordinary(struct kunit *test)
{
	u8 *sum = kunit_kzalloc(test, sizeof(*sum), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sum);
	*sum = kunit_example_add(2, 3);
	KUNIT_EXPECT_EQ(test, *sum, 5);
}

static void kunit_example_saturates(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, kunit_example_add(255, 255), 255);
	KUNIT_EXPECT_EQ(test, kunit_example_add(0, 255), 255);
}

struct kunit_example_case {
	const char *name;
	u8 a, b, sum;
};

static const struct kunit_example_case kunit_example_cases[] = {
	{ "nothing", 0, 0, 0 },
	{ "just fits", 200, 55, 255 },
	{ "one too many", 200, 56, 255 },
};

static void kunit_example_name(const struct kunit_example_case *item, char *name)
{
	strscpy(name, item->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(kunit_example, kunit_example_cases, kunit_example_name);

static void kunit_example_table(struct kunit *test)
{
	const struct kunit_example_case *item = test->param_value;

	KUNIT_EXPECT_EQ(test, kunit_example_add(item->a, item->b), item->sum);
}

static void kunit_example_hardware(struct kunit *test)
{
	kunit_skip(test, "there is no such hardware");
}

static struct kunit_case kunit_example_tests[] = {
	KUNIT_CASE(kunit_example_ordinary),
	KUNIT_CASE(kunit_example_saturates),
	KUNIT_CASE_PARAM(kunit_example_table, kunit_example_gen_params),
	KUNIT_CASE(kunit_example_hardware),
	{ }
};

static struct kunit_suite kunit_example_suite = {
	.name = "lkmc_saturating_add",
	.test_cases = kunit_example_tests,
};
kunit_test_suite(kunit_example_suite);

MODULE_DESCRIPTION("A suite of unit tests");
MODULE_LICENSE("GPL");
