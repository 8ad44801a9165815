// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Order a work item's next run from within itself: something periodic that may sleep.
 *
 * The function counts one step, queues its own item with a delay, and returns. In between it holds
 * neither a thread nor a processor; a timer puts the item back on the queue when the delay is over.
 * This is how the kernel does what has to be done every now and then and may sleep: polling a link,
 * scanning memory, writing back pages.
 *
 * What to notice:
 * - A delayed work is a work item and a timer in one: struct delayed_work.
 * - The steps may run in different workers, but never two at a time: an item that is queued again
 *   while it runs is run afterwards.
 * - Ending it looks like a race: the item could be cancelled just before it queues itself again.
 *   cancel_delayed_work_sync() knows: while it waits, queueing that item does nothing.
 *
 * Sources: kernel documentation, core-api/workqueue; kernel_modules/workqueue_cheat.c.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod work_from_work.ko interval_ms=1
 * until dmesg | grep -q 'work_from_work: 3$'; do usleep 10000; done
 * rmmod work_from_work
 * """
 * dmesg = ["work_from_work: 0", "work_from_work: 1", "work_from_work: 2", "work_from_work: 3"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/workqueue.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one step to the next");

static void work_from_work_step(struct work_struct *work);
static DECLARE_DELAYED_WORK(step_work, work_from_work_step);

static void work_from_work_step(struct work_struct *work)
{
	static int steps;

	pr_info("work_from_work: %d\n", steps++);
	schedule_delayed_work(&step_work, msecs_to_jiffies(interval_ms));
}

static int __init work_from_work_init(void)
{
	schedule_delayed_work(&step_work, 0);
	return 0;
}

static void __exit work_from_work_exit(void)
{
	cancel_delayed_work_sync(&step_work);
}

module_init(work_from_work_init);
module_exit(work_from_work_exit);
MODULE_DESCRIPTION("A work item that queues itself");
MODULE_LICENSE("GPL");
