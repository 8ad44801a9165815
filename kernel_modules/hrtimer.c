// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have a function called many times between two ticks of the kernel's clock.
 *
 * A timer (timer.c) is counted in ticks, of which there are 100 to 1000 a second. A high-resolution timer has its moment in
 * nanoseconds: the kernel keeps these timers in a tree, and programs the processor's clock hardware for the first of them. That
 * costs an interrupt each, where many timers of a tick share one. nanosleep(2), timerfd and POSIX timers are made of them.
 *
 * What to notice:
 * - The callback runs in the interrupt, and says whether the timer starts again. hrtimer_forward_now() puts its moment forward by
 *   whole periods until it lies in the future, and returns by how many: more than one means that periods were missed, as on an
 *   emulated machine whose host was busy. So the period does not drift with the time that the callback takes.
 * - It is never called early; that is checked here. How late it is depends on the machine.
 * - hrtimer_cancel() waits for a callback that is running on another processor.
 *
 * Sources: kernel documentation, timers/hrtimers; include/linux/hrtimer.h.
 *
 * [lkmc]
 * kconfig = ["HIGH_RES_TIMERS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod hrtimer.ko period_us=100 periods=1000
 * until dmesg | grep -q 'hrtimer: done'; do usleep 10000; done
 * rmmod hrtimer
 * """
 * dmesg = [
 *     "hrtimer: resolution 1 ns, a tick is {dec} ns",
 *     "hrtimer: in a process: no",
 *     "hrtimer: done, 1000 periods or more, none early, in fewer ticks than that: yes",
 * ]
 * [/lkmc]
 */

#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/version.h>

static unsigned int period_us = 100;
module_param(period_us, uint, 0444);
MODULE_PARM_DESC(period_us, "microseconds from one call to the next");
static unsigned int periods = 1000;
module_param(periods, uint, 0444);
MODULE_PARM_DESC(periods, "after so many it ends");

static struct {
	struct hrtimer timer;
	u64 passed;
	unsigned int early;
	unsigned long first_tick;
} demo;

static enum hrtimer_restart lkmc_hrtimer_callback(struct hrtimer *timer)
{
	typeof(demo) *self = container_of(timer, typeof(demo), timer);

	if (ktime_before(ktime_get(), hrtimer_get_expires(timer)))
		self->early++;
	if (!self->passed)
		pr_info("hrtimer: in a process: %s\n", in_task() ? "yes" : "no");
	self->passed += hrtimer_forward_now(timer, ns_to_ktime(period_us * NSEC_PER_USEC));
	if (self->passed < periods)
		return HRTIMER_RESTART;
	pr_info("hrtimer: done, %u periods or more, %s early, in fewer ticks than that: %s\n", periods,
		self->early ? "some" : "none", jiffies - self->first_tick < self->passed ? "yes" : "no");
	return HRTIMER_NORESTART;
}

static int __init hrtimer_demo_init(void)
{
	pr_info("hrtimer: resolution %u ns, a tick is %lu ns\n", hrtimer_resolution, (unsigned long)TICK_NSEC);
	demo.first_tick = jiffies;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(&demo.timer, lkmc_hrtimer_callback, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#else
	hrtimer_init(&demo.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	demo.timer.function = lkmc_hrtimer_callback;
#endif
	hrtimer_start(&demo.timer, ns_to_ktime(period_us * NSEC_PER_USEC), HRTIMER_MODE_REL);
	return 0;
}

static void __exit hrtimer_demo_exit(void)
{
	hrtimer_cancel(&demo.timer);
}

module_init(hrtimer_demo_init);
module_exit(hrtimer_demo_exit);
MODULE_DESCRIPTION("A timer of nanoseconds");
MODULE_LICENSE("GPL");
