// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell the world that something happened that never should, and carry on.
 *
 * WARN_ON(condition) prints a report if the condition is true: where, who, the registers, the
 * stack. Then the code goes on, so it must cope: WARN_ON() returns the condition, to be used in an
 * `if`. It is meant for bugs in the kernel, never for what a user or a device can cause; for a
 * machine that would rather stop than run on in an impossible state there is the switch
 * panic_on_warn, which turns every warning into a panic.
 *
 * What to notice:
 * - The report begins with `WARNING: ... at FILE:LINE FUNCTION` and ends with `---[ end trace`.
 * - The kernel is tainted afterwards: the `W` in later reports says "there was a warning before".
 * - A warning is no oops: nothing was killed, and the verdict stays `pass`.
 *
 * Sources: include/asm-generic/bug.h; kernel documentation, process/deprecated (BUG) and
 * admin-guide/sysctl/kernel (panic_on_warn).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "warning"
 * guest = """
 * insmod warn_on.ko
 * rmmod warn_on
 * echo $(($(cat /proc/sys/kernel/tainted) / 512 % 2))
 * """
 * stdout = "1\n"
 * dmesg = [
 *     "WARNING: {any}warn_on.c:{dec} {any}",
 *     "---[ end trace {hex} ]---",
 *     "warn_on: the condition was true",
 * ]
 * stack = ["warn_on_init at kernel_modules/warn_on.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "panic-on-warn"
 * guest = """
 * echo 1 > /proc/sys/kernel/panic_on_warn
 * insmod warn_on.ko
 * """
 * verdict = "panic"
 * dmesg = [
 *     "WARNING: {any}warn_on.c:{dec} {any}",
 *     "Kernel panic - not syncing: {any}panic_on_warn set ...",
 * ]
 * dmesg-not = ["warn_on: the condition was true"]
 * [/lkmc]
 */

#include <linux/bug.h>
#include <linux/module.h>

static int impossible = 1;

static int __init warn_on_init(void)
{
	if (WARN_ON(impossible))
		pr_info("warn_on: the condition was true\n");
	return 0;
}

static void __exit warn_on_exit(void)
{
}

module_init(warn_on_init);
module_exit(warn_on_exit);
MODULE_DESCRIPTION("A warning with its stack");
MODULE_LICENSE("GPL");
