// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Stop the whole kernel with a message: it sees no way to go on.
 *
 * panic() is the end: it prints its message and the stack, stops the other processors, and never
 * returns. Depending on the boot parameter `panic=` (also /proc/sys/kernel/panic) the machine then
 * hangs (0), reboots after so many seconds, or at once (negative). lkmc boots its guests with
 * `panic=-1` and QEMU with `-no-reboot`, so that a panic ends the run, with the verdict `panic`.
 *
 * What to notice:
 * - `Kernel panic - not syncing`: the file systems are *not* written back, because a kernel that
 *   does not trust itself had better not touch a disk.
 * - The compiler knows that panic() does not return, so the call may be the last instruction of a
 *   function. The address behind it then belongs to somebody else, and 32-bit Arm's unwinder gives
 *   up there (`unwind: Index not found`): the stack ends early.
 * - Real code should hardly ever call this: one driver's despair is no reason to take everything
 *   down. Compare oops.c, which kills a single process, and warn_on.c, which kills nobody.
 *
 * Sources: kernel/panic.c; kernel documentation, admin-guide/kernel-parameters (panic=).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod panic.ko
 * echo never reached
 * """
 * verdict = "panic"
 * dmesg = ["panic: about to give up", "Kernel panic - not syncing: hello panic"]
 * stack = ["panic_demo_init at kernel_modules/panic.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/panic.h>

static int __init panic_demo_init(void)
{
	pr_info("panic: about to give up\n");
	panic("hello panic");
	return 0;
}

static void __exit panic_demo_exit(void)
{
}

module_init(panic_demo_init);
module_exit(panic_demo_exit);
MODULE_DESCRIPTION("The end");
MODULE_LICENSE("GPL");
