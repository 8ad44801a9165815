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
 * - schedule_timeout_interruptible() sleeps without being counted as load and is cut short by the
 *   wake-up of kthread_stop(), where msleep() would sleep on.
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
 * [/lkmc]
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one number to the next");

static struct task_struct *counter;

static int kthread_count(void *unused)
{
	int steps = 0;

	while (!kthread_should_stop()) {
		pr_info("kthread: %d\n", steps % 10);
		steps++;
		schedule_timeout_interruptible(msecs_to_jiffies(interval_ms));
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
