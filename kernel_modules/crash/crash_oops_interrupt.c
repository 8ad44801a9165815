// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to address zero in a timer's interrupt handler: no process to kill, so the oops becomes a panic.
 *
 * An interrupt borrows the stack of whatever was running, which has nothing to do with the fault. The kernel prints the same
 * report as for an oops in process context and then gives up: "Fatal exception in interrupt". Compare ../oops.c.
 *
 * The decoded stack ends in the timer's expiry code, not in insmod.
 *
 * Sources: kernel documentation, admin-guide/bug-hunting and timers/hrtimers; kernel/time/hrtimer.c.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod crash_oops_interrupt.ko
 * sleep 10
 * """
 * verdict = "panic"
 * dmesg = ["crash_oops_interrupt: the timer is running", "Kernel panic - not syncing: {any}Fatal exception in interrupt"]
 * stack = [
 *   "crash_oops_interrupt_expired at kernel_modules/crash/crash_oops_interrupt.c:{dec}",
 *   "__hrtimer_run_queues at kernel/time/hrtimer.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/version.h>

int *crash_oops_interrupt_target;

static struct hrtimer crash_oops_interrupt_timer;

static enum hrtimer_restart crash_oops_interrupt_expired(struct hrtimer *timer)
{
	WRITE_ONCE(*crash_oops_interrupt_target, 1);
	return HRTIMER_NORESTART;
}

static int __init crash_oops_interrupt_init(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&crash_oops_interrupt_timer, crash_oops_interrupt_expired, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
#else
	hrtimer_init(&crash_oops_interrupt_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	crash_oops_interrupt_timer.function = crash_oops_interrupt_expired;
#endif
	pr_info("crash_oops_interrupt: the timer is running\n");
	hrtimer_start(&crash_oops_interrupt_timer, ms_to_ktime(50), HRTIMER_MODE_REL_HARD);
	return 0;
}

static void __exit crash_oops_interrupt_exit(void)
{
	hrtimer_cancel(&crash_oops_interrupt_timer);
}

module_init(crash_oops_interrupt_init);
module_exit(crash_oops_interrupt_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Oops in interrupt context");
