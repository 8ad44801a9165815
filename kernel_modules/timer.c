// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have a function called again and again by the kernel's clock, without any thread.
 *
 * A timer is a function and a moment. The moment is counted in jiffies, ticks of the kernel's clock
 * (CONFIG_HZ of them a second). When it has come the function is called once, from the interrupt
 * that the clock raised; to be called again the function sets its own timer anew.
 *
 * What to notice:
 * - The callback interrupts whatever was running and borrows its context: it has no process of its
 *   own (`in_task()` is false) and so may not sleep, take a mutex or touch user memory. Work that
 *   has to do so is handed to a work queue (workqueue_cheat.c).
 * - jiffies does not start at 0 but five minutes before it overflows 32 bits, so that code that
 *   forgets the overflow fails soon after boot and not after weeks: hence the large numbers.
 *   time_after() and its kin compare jiffies across the overflow, `<` does not.
 * - container_of() finds the structure around the timer, the usual way to pass a callback its data. from_timer(), since 6.16
 *   timer_container_of(), is a shorter way to write it.
 * - On unloading, deleting the timer is not enough: the callback may be running on another
 *   processor, and may set it again. timer_delete_sync() sees to both.
 *
 * A breakpoint on lkmc_timer_callback is hit without anything being typed in the guest.
 *
 * Sources: include/linux/timer.h; kernel documentation, core-api/timekeeping.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod timer.ko interval_ms=10
 * until dmesg | grep -q 'timer: call 2,'; do usleep 10000; done
 * rmmod timer
 * """
 * dmesg = [
 *     "timer: call 0, jiffies = {dec}, in a process: no",
 *     "timer: call 1, jiffies = {dec}, in a process: no",
 *     "timer: call 2, jiffies = {dec}, in a process: no",
 *     "timer: stopped, every call came on time or later",
 * ]
 * [/lkmc]
 */

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/timer.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one call to the next");

static struct {
	struct timer_list timer;
	unsigned int calls;
	unsigned int early;
} demo;

static void lkmc_timer_callback(struct timer_list *timer)
{
	typeof(demo) *self = container_of(timer, typeof(demo), timer);

	if (time_before(jiffies, timer->expires))
		self->early++;
	pr_info("timer: call %u, jiffies = %lu, in a process: %s\n", self->calls, jiffies,
		in_task() ? "yes" : "no");
	self->calls++;
	mod_timer(timer, jiffies + msecs_to_jiffies(interval_ms));
}

static int __init timer_demo_init(void)
{
	timer_setup(&demo.timer, lkmc_timer_callback, 0);
	mod_timer(&demo.timer, jiffies + msecs_to_jiffies(interval_ms));
	return 0;
}

static void __exit timer_demo_exit(void)
{
	timer_delete_sync(&demo.timer);
	if (demo.early)
		pr_info("timer: stopped, %u calls came early\n", demo.early);
	else
		pr_info("timer: stopped, every call came on time or later\n");
}

module_init(timer_demo_init);
module_exit(timer_demo_exit);
MODULE_DESCRIPTION("A timer that sets itself anew");
MODULE_LICENSE("GPL");
