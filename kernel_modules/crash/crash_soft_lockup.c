// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loop for ever without giving way: the soft-lockup watchdog says which function keeps the processor.
 *
 * The loop runs in the kernel with preemption switched off, so that no other task gets this processor. Interrupts still come: the
 * watchdog's timer finds that its own thread did not run for twice `watchdog_thresh` seconds, which the command line sets to one
 * here (ten is the default), and prints the stack of what was interrupted.
 *
 * Sources: kernel documentation, admin-guide/lockup-watchdogs.
 *
 * [lkmc]
 * kconfig = ["SOFTLOCKUP_DETECTOR=y"]
 * [lkmc.machine]
 * cpus = 1
 * kernel-args = ["watchdog_thresh=1"]
 * [[lkmc.run]]
 * guest = "insmod crash_soft_lockup.ko"
 * timeout = "60s"
 * verdict = "lockup"
 * dmesg = ["watchdog: BUG: soft lockup - CPU#0 stuck for {dec}s! [insmod:{dec}]"]
 * stack = [
 *   "crash_soft_lockup_spin at kernel_modules/crash/crash_soft_lockup.c:{dec}",
 *   "crash_soft_lockup_init at kernel_modules/crash/crash_soft_lockup.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/preempt.h>

/* Nobody changes it. Read anew in each round, because the compiler may take an endless loop without effects for impossible. */
int crash_soft_lockup_done;

static noinline void crash_soft_lockup_spin(void)
{
	preempt_disable();
	while (!READ_ONCE(crash_soft_lockup_done))
		barrier();
	preempt_enable();
}

static int __init crash_soft_lockup_init(void)
{
	crash_soft_lockup_spin();
	return 0;
}

static void __exit crash_soft_lockup_exit(void)
{
}

module_init(crash_soft_lockup_init);
module_exit(crash_soft_lockup_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Keep a processor busy for ever");
