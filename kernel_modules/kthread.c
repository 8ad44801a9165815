// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run a function in a thread of the kernel, beside everything else, until the module is unloaded.
 *
 * A kernel thread is a task like any other: it has a pid, the scheduler runs it, `ps` lists it (in
 * brackets, because there is no program behind it), but it never leaves kernel mode. insmod returns
 * at once while the thread goes on counting from 0 to 9 and over again, one step per tick of
 * `interval_ms`. rmmod has to end it: code of a module that is gone must not be running.
 *
 * What to notice:
 * - kthread_run() creates the thread and wakes it; the thread's name is the one that `ps` shows.
 * - Nobody can kill the thread from outside: it ignores signals. It ends because it wants to, after
 *   kthread_stop() has asked it to through kthread_should_stop().
 * - kthread_stop() also wakes the thread from its sleep, and waits until it is gone. Its result is
 *   what the thread function returned: here, how often it counted.
 * - The sleep in the state TASK_INTERRUPTIBLE is not counted as load and is cut short by the wake-up
 *   of kthread_stop(), where msleep() would sleep on.
 * - The order in kthread_pause(): first the state, then the question, then the sleep. A wake-up sets
 *   the state back to running, and schedule_timeout() returns at once in that state. Asked before,
 *   a kthread_stop() between question and sleep would wake somebody who is awake, and rmmod would
 *   wait for the whole interval. wait_event() has the same order inside (wait_queue2.c).
 *
 * Sources: include/linux/kthread.h; kernel documentation, driver-api/basics.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod kthread.ko interval_ms=1
 * ps | grep -o '[[]lkmc_kthread]'
 * until dmesg | grep -q 'kthread: 9$'; do usleep 10000; done
 * rmmod kthread
 * """
 * stdout = "[lkmc_kthread]\n"
 * dmesg = [
 *     "kthread: 0", "kthread: 1", "kthread: 2", "kthread: 3", "kthread: 4",
 *     "kthread: 5", "kthread: 6", "kthread: 7", "kthread: 8", "kthread: 9",
 *     "kthread: stopped after {dec} steps",
 * ]
 *
 * [[lkmc.run]]
 * name = "woken from an hour's sleep"
 * guest = """
 * insmod kthread.ko interval_ms=3600000
 * until grep -q '^State:.S' /proc/$(pidof lkmc_kthread)/status; do usleep 10000; done
 * rmmod kthread
 * """
 * dmesg = ["kthread: 0", "kthread: stopped after 1 steps"]
 * [/lkmc]
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one number to the next");

static struct task_struct *counter;

/* Sleeps for an interval, or until kthread_stop(). */
static void kthread_pause(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_timeout(msecs_to_jiffies(interval_ms));
	__set_current_state(TASK_RUNNING);
}

static int kthread_count(void *unused)
{
	int steps = 0;

	while (!kthread_should_stop()) {
		pr_info("kthread: %d\n", steps % 10);
		steps++;
		kthread_pause();
	}
	return steps;
}

static int __init kthread_demo_init(void)
{
	counter = kthread_run(kthread_count, NULL, "lkmc_kthread");
	return PTR_ERR_OR_ZERO(counter);
}

static void __exit kthread_demo_exit(void)
{
	int steps = kthread_stop(counter);

	pr_info("kthread: stopped after %d steps\n", steps);
}

module_init(kthread_demo_init);
module_exit(kthread_demo_exit);
MODULE_DESCRIPTION("A kernel thread that counts until the module goes");
MODULE_LICENSE("GPL");
