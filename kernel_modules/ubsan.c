// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Do what the C language leaves undefined, and have UBSAN say what was wrong with it, to the column.
 *
 * Undefined means that the compiler may take for granted that it never happens. A shift by more
 * bits than the type has gives something on each processor, but not the same; a test for an index
 * that is out of bounds may be optimised away because the array was accessed before. With
 * CONFIG_UBSAN the compiler puts checks there, each before the operation, and they report it.
 *
 * - `mode=shift` shifts an int by `by` bits; 31 and less would do.
 * - `mode=bounds` reads element `by` of an array of four, whose length the compiler knows.
 * - `mode=bool` reads a bool whose byte is `by`. A bool is 0 or 1, and code relies on it.
 *
 * What to notice:
 * - A report stops nothing: the module goes on with whatever came of it. lkmc's verdict is `oops` all
 *   the same.
 * - The values are there (`shift exponent 40`): a stack alone would not tell.
 * - The place is file, line and column, from the compiler, not from an address.
 * - What KASAN (kasan.c) knows is the memory's state; UBSAN knows types. An index that is out of the
 *   array but within the structure around it is seen by UBSAN alone.
 *
 * Sources: kernel documentation, dev-tools/ubsan.
 *
 * [lkmc]
 * kconfig = ["UBSAN=y", "UBSAN_SHIFT=y", "UBSAN_BOUNDS=y", "UBSAN_BOOL=y"]
 *
 * [[lkmc.run]]
 * name = "shift"
 * guest = "insmod ubsan.ko mode=shift by=40"
 * verdict = "oops"
 * dmesg = [
 *     "UBSAN: shift-out-of-bounds in {any}ubsan.c:{dec}:{dec}",
 *     "shift exponent 40 is too large for 32-bit type 'int'",
 *     "ubsan: over",
 * ]
 * stack = ["lkmc_ubsan_shift at kernel_modules/ubsan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "bounds"
 * guest = "insmod ubsan.ko mode=bounds by=5"
 * verdict = "oops"
 * dmesg = [
 *     "UBSAN: array-index-out-of-bounds in {any}ubsan.c:{dec}:{dec}",
 *     "index 5 is out of range for type 'int [4]'",
 *     "ubsan: over",
 * ]
 * stack = ["lkmc_ubsan_bounds at kernel_modules/ubsan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "bool"
 * guest = "insmod ubsan.ko mode=bool by=2"
 * verdict = "oops"
 * dmesg = [
 *     "UBSAN: invalid-load in {any}ubsan.c:{dec}:{dec}",
 *     "load of value 2 is not a valid value for type '_Bool'",
 *     "ubsan: over",
 * ]
 * stack = ["lkmc_ubsan_bool at kernel_modules/ubsan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "defined"
 * guest = "for mode in shift bounds bool; do insmod ubsan.ko mode=$mode by=1; rmmod ubsan; done"
 * dmesg = ["ubsan: over", "ubsan: over", "ubsan: over"]
 * dmesg-not = ["{any}UBSAN{any}"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/string.h>

static char *mode = "shift";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "shift, bounds or bool");

static unsigned int by = 40;
module_param(by, uint, 0444);
MODULE_PARM_DESC(by, "bits to shift by, index, or byte");

static struct {
	int array[4];
	/* Index 4 and 5 are here: in memory that is the module's own. */
	int behind[4];
} lkmc_ubsan_pair;

static bool lkmc_ubsan_truth;
static volatile int result;

static noinline void lkmc_ubsan_shift(void)
{
	result = 1 << by;
}

static noinline void lkmc_ubsan_bounds(void)
{
	result = lkmc_ubsan_pair.array[by];
}

static noinline void lkmc_ubsan_bool(void)
{
	/* As if it had come from a device, or from a program. */
	memset(&lkmc_ubsan_truth, by, sizeof(lkmc_ubsan_truth));
	barrier();
	result = lkmc_ubsan_truth;
}

static const struct {
	const char *name;
	void (*run)(void);
} modes[] = {
	{ "shift", lkmc_ubsan_shift },
	{ "bounds", lkmc_ubsan_bounds },
	{ "bool", lkmc_ubsan_bool },
};

static int __init lkmc_ubsan_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		if (strcmp(mode, modes[i].name) == 0) {
			modes[i].run();
			pr_info("over\n");
			return 0;
		}
	}
	return -EINVAL;
}

static void __exit lkmc_ubsan_exit(void)
{
}

module_init(lkmc_ubsan_init);
module_exit(lkmc_ubsan_exit);
MODULE_DESCRIPTION("Undefined behaviour, reported");
MODULE_LICENSE("GPL");
