// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run the same function in two kernel threads at once, and see their steps interleave.
 *
 * Each thread prints its own number and how far it has counted, then sleeps for a tick. While one
 * sleeps the other runs, so that the lines mix: `1 0`, `2 0`, `1 1`, `2 1`, ... Nothing here makes
 * the two take turns: which of them is first in a round is the scheduler's choice, and may change
 * from round to round. What is certain is the order within each thread, and that neither keeps the
 * other waiting: the run below waits until the log has changed from one to the other nine times.
 *
 * What to notice:
 * - One function serves both: what differs comes in through its argument.
 * - kthread_create() makes a thread that does not run yet, so that both can be made before the
 *   first step is taken; wake_up_process() starts it. kthread_run() of kthread.c is the two in one.
 * - If the second thread cannot be made the first has to be stopped again, although it never ran:
 *   kthread_stop() then returns -EINTR instead of the function's result.
 *
 * Sources: include/linux/kthread.h; kernel_modules/kthread.c for a single thread.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod kthreads.ko interval_ms=1
 * for thread in 1 2; do
 *     until dmesg | grep -q "kthreads: $thread 3\\$"; do usleep 10000; done
 *     dmesg | grep -o "kthreads: $thread [0-3]\\$"
 * done
 * runs() { dmesg | grep -o 'kthreads: [12]' | uniq | wc -l; }
 * until [ $(runs) -ge 10 ]; do usleep 10000; done
 * rmmod kthreads
 * """
 * stdout = """
 * kthreads: 1 0
 * kthreads: 1 1
 * kthreads: 1 2
 * kthreads: 1 3
 * kthreads: 2 0
 * kthreads: 2 1
 * kthreads: 2 2
 * kthreads: 2 3
 * """
 * [/lkmc]
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one step to the next");

static struct task_struct *threads[2];

/* Sleeps for an interval, or until kthread_stop(): kthread.c says why in this order. */
static void kthreads_pause(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_timeout(msecs_to_jiffies(interval_ms));
	__set_current_state(TASK_RUNNING);
}

static int kthreads_count(void *argument)
{
	long number = (long)argument;
	int step;

	for (step = 0; !kthread_should_stop(); step++) {
		pr_info("kthreads: %ld %d\n", number, step);
		kthreads_pause();
	}
	return 0;
}

static int __init kthreads_init(void)
{
	long i;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_create(kthreads_count, (void *)(i + 1), "lkmc_kthread%ld",
					    i + 1);
		if (IS_ERR(threads[i])) {
			int error = PTR_ERR(threads[i]);

			while (i--)
				kthread_stop(threads[i]);
			return error;
		}
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		wake_up_process(threads[i]);
	return 0;
}

static void __exit kthreads_exit(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
}

module_init(kthreads_init);
module_exit(kthreads_exit);
MODULE_DESCRIPTION("Two kernel threads side by side");
MODULE_LICENSE("GPL");
