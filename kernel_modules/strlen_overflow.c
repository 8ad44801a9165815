// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Measure a string that does not end, and get caught by FORTIFY_SOURCE.
 *
 * strlen() reads until it finds a zero byte. If the array has none it reads on into whatever lies
 * behind: an information leak, or a crash far away. With CONFIG_FORTIFY_SOURCE and an array whose
 * size the compiler knows, the kernel's strlen() never looks beyond the end: it stops there,
 * reports `detected buffer overflow` and kills the reader (an oops; on RISC-V a panic, see
 * memcpy_overflow.c).
 *
 * - `mode=known`: the array is named, so its size is known: caught.
 * - `mode=hidden`: the same array behind a pointer of unknown origin: the neighbour is counted too,
 *   8 instead of at most 4, and nobody notices.
 *
 * The array is filled at run time. If the compiler could see its contents as well it would compute
 * the length itself, and there would be no call left to check: one of the reasons why this kind of
 * demo may seem not to work (the other ones: memcpy_overflow.c).
 *
 * Sources: include/linux/fortify-string.h, __fortify_strlen().
 *
 * [lkmc]
 * kconfig = ["FORTIFY_SOURCE=y"]
 *
 * [[lkmc.run]]
 * name = "known"
 * arches = ["x86_64", "aarch64", "arm"]
 * guest = "insmod strlen_overflow.ko mode=known || echo insmod is dead"
 * verdict = "oops"
 * stdout-has = ["insmod is dead"]
 * dmesg = ["{any}detected buffer overflow{any}", "kernel BUG at {any}lib/string_helpers.c:{dec}!"]
 * dmesg-not = ["strlen_overflow: length{any}"]
 *
 * [[lkmc.run]]
 * name = "known-riscv64"
 * arches = ["riscv64"]
 * guest = "insmod strlen_overflow.ko mode=known"
 * verdict = "panic"
 * dmesg = ["{any}detected buffer overflow{any}", "kernel BUG at {any}lib/string_helpers.c:{dec}!"]
 *
 * [[lkmc.run]]
 * name = "hidden"
 * guest = "insmod strlen_overflow.ko mode=hidden"
 * dmesg = ["strlen_overflow: length 8 in an array of 4"]
 * dmesg-not = ["{any}detected{any}"]
 * [/lkmc]
 */

#include <linux/compiler.h>
#include <linux/module.h>
#include <linux/string.h>

static char *mode = "hidden";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "known or hidden");

static struct {
	char text[4];
	char neighbour[5];
} strings;

static int __init strlen_overflow_init(void)
{
	const char *hidden = strings.text;
	size_t length;

	/* The first character of the parameter: nothing the compiler could guess, and not zero. */
	memset(strings.text, mode[0], sizeof(strings.text));
	memset(strings.neighbour, mode[0], sizeof(strings.neighbour) - 1);

	if (!strcmp(mode, "known")) {
		length = strlen(strings.text);
	} else {
		OPTIMIZER_HIDE_VAR(hidden);
		length = strlen(hidden);
	}
	pr_info("strlen_overflow: length %zu in an array of %zu\n", length, sizeof(strings.text));
	return 0;
}

static void __exit strlen_overflow_exit(void)
{
}

module_init(strlen_overflow_init);
module_exit(strlen_overflow_exit);
MODULE_DESCRIPTION("What FORTIFY_SOURCE sees of a strlen()");
MODULE_LICENSE("GPL");
