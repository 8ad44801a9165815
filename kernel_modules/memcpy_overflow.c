// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copy too much into a buffer, and see when FORTIFY_SOURCE catches it, and when it cannot.
 *
 * With CONFIG_FORTIFY_SOURCE the kernel's memcpy() is a macro that asks the compiler how large
 * source and destination are (__builtin_object_size) and compares that with the number of bytes.
 * What happens is decided by what the compiler can know, not by luck:
 *
 * - Sizes and count known: the build fails ("detected write beyond size of object"). So this demo
 *   takes the count from a parameter.
 * - Sizes known, count known only at run time: checked at run time. `mode=object` writes beyond a
 *   whole variable: the kernel stops the writer before the first byte is copied (an oops).
 *   `mode=field` stays within the variable but leaves the field that it was given: a warning, and
 *   the copy takes place, because too much old code does so on purpose.
 * - Destination's size unknown, as behind most pointers that come from another function: no check
 *   at all. `mode=hidden` tramples on the neighbour, and nobody says anything. KASAN would find one
 *   that leaves an allocation (kasan.c), but not this one, which stays inside it.
 *
 * That is why such a test can seem to work only sometimes: one more inlined function, another
 * compiler, and what it can see changes. Here it cannot: the variable is static, the count is
 * volatile, and OPTIMIZER_HIDE_VAR() makes the compiler forget where the pointer comes from.
 *
 * On RISC-V even the first one is a panic: BUG() is a breakpoint there, the kernel handles breakpoints as it does non-maskable
 * interrupts, and from those there is no way on.
 *
 * Sources: include/linux/fortify-string.h, whose table says what is checked when.
 *
 * [lkmc]
 * kconfig = ["FORTIFY_SOURCE=y"]
 *
 * [[lkmc.run]]
 * name = "object"
 * arches = ["x86_64", "aarch64", "arm"]
 * guest = "insmod memcpy_overflow.ko mode=object || echo insmod is dead"
 * verdict = "oops"
 * stdout-has = ["insmod is dead"]
 * dmesg = [
 *     "memcpy_overflow: copying 24 bytes", "{any}detected buffer overflow{any}",
 *     "kernel BUG at {any}lib/string_helpers.c:{dec}!",
 * ]
 * dmesg-not = ["memcpy_overflow: copied{any}"]
 *
 * [[lkmc.run]]
 * name = "object-riscv64"
 * arches = ["riscv64"]
 * guest = "insmod memcpy_overflow.ko mode=object"
 * verdict = "panic"
 * dmesg = [
 *     "memcpy_overflow: copying 24 bytes", "{any}detected buffer overflow{any}",
 *     "kernel BUG at {any}lib/string_helpers.c:{dec}!",
 * ]
 *
 * [[lkmc.run]]
 * name = "field"
 * guest = "insmod memcpy_overflow.ko mode=field"
 * dmesg = [
 *     "memcpy: detected field-spanning write (size 16) of single field {any} (size 8)",
 *     "memcpy_overflow: copied, neighbour is trampled on",
 * ]
 * stack = ["memcpy_overflow_init at kernel_modules/memcpy_overflow.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "hidden"
 * guest = "insmod memcpy_overflow.ko mode=hidden"
 * dmesg = ["memcpy_overflow: copied, neighbour is trampled on"]
 * dmesg-not = ["{any}detected{any}"]
 *
 * [[lkmc.run]]
 * name = "fitting"
 * guest = "insmod memcpy_overflow.ko mode=fitting"
 * dmesg = ["memcpy_overflow: copied, neighbour is unharmed"]
 * dmesg-not = ["{any}detected{any}"]
 * [/lkmc]
 */

#include <linux/compiler.h>
#include <linux/module.h>
#include <linux/string.h>

static char *mode = "fitting";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "what to do: fitting, field, object or hidden");

static struct {
	char small[8];
	char neighbour[8];
} target = { .neighbour = "intact" };

static const char source[32] = "0123456789abcdef0123456789abcde";

/* What the compiler cannot foresee is checked at run time. */
static volatile size_t count;

static int __init memcpy_overflow_init(void)
{
	char *hidden = target.small;

	if (!strcmp(mode, "fitting"))
		count = sizeof(target.small);
	else if (!strcmp(mode, "object"))
		count = sizeof(target) + 8;
	else
		count = sizeof(target);
	pr_info("memcpy_overflow: copying %zu bytes\n", count);

	if (!strcmp(mode, "hidden")) {
		OPTIMIZER_HIDE_VAR(hidden);
		memcpy(hidden, source, count);
	} else {
		memcpy(target.small, source, count);
	}
	pr_info("memcpy_overflow: copied, neighbour is %s\n",
		strcmp(target.neighbour, "intact") ? "trampled on" : "unharmed");
	return 0;
}

static void __exit memcpy_overflow_exit(void)
{
}

module_init(memcpy_overflow_init);
module_exit(memcpy_overflow_exit);
MODULE_DESCRIPTION("What FORTIFY_SOURCE sees of a memcpy()");
MODULE_LICENSE("GPL");
