// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Die on purpose: panic(9) stops the machine.
 *
 * A driver that finds the machine in a state that would destroy data calls panic(). The kernel prints the reason and the stack
 * and does nothing else any more. With `panic=-1` on its command line, as lkmc starts it, it then resets the machine, and QEMU's
 * -no-reboot turns the reset into an end. panic.c says more about it.
 *
 * Sources: kernel documentation, admin-guide/kernel-parameters (panic=); kernel/panic.c.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod crash_panic.ko"
 * verdict = "panic"
 * dmesg = ["Kernel panic - not syncing: crash_panic: there is no way on"]
 * stack = ["crash_panic_init at kernel_modules/crash/crash_panic.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/panic.h>

static int __init crash_panic_init(void)
{
	panic("crash_panic: there is no way on");
	return 0;
}

static void __exit crash_panic_exit(void)
{
}

module_init(crash_panic_init);
module_exit(crash_panic_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Die of a panic");
