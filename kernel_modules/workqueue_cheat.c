// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hand a function to a work queue, and let one of the kernel's worker threads run it.
 *
 * Interrupt handlers and timers may not sleep. What they find out but cannot do themselves they put
 * on a work queue, as a work item: a function to be called soon, by a worker, which is a kernel
 * thread and may sleep. Workers are shared: a queue is an order book, not a thread.
 *
 * Here the work item counts, sleeping in between, until it is told to end: it keeps its worker busy
 * for as long as the module is loaded. That is allowed but bad manners (hence the `cheat`; the
 * other reason is that the kernel has a file workqueue.c already). work_from_work.c does it
 * properly: it ends after each step and orders the next.
 *
 * What to notice:
 * - The work runs in a thread named `kworker/...`, not in insmod, which is back at once.
 * - WQ_UNBOUND: the item may run on any processor. Items of ordinary queues stay where they were
 *   queued, share one running slot per processor, and the kernel complains if one hogs it.
 * - The worker is nobody's to kill. rmmod sets a flag, and cancel_work_sync() waits until the
 *   function has returned; only then may its code go.
 *
 * Sources: kernel documentation, core-api/workqueue.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod workqueue_cheat.ko interval_ms=1
 * until dmesg | grep -q 'workqueue_cheat: 3$'; do usleep 10000; done
 * rmmod workqueue_cheat
 * """
 * dmesg = [
 *     "workqueue_cheat: queued by insmod", "workqueue_cheat: begun by kworker/{any}",
 *     "workqueue_cheat: 0", "workqueue_cheat: 1", "workqueue_cheat: 2", "workqueue_cheat: 3",
 *     "workqueue_cheat: ended",
 * ]
 * [/lkmc]
 */

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one number to the next");

static struct workqueue_struct *queue;
static bool stop;

static void workqueue_cheat_count(struct work_struct *work)
{
	int i;

	pr_info("workqueue_cheat: begun by %s\n", current->comm);
	for (i = 0; !READ_ONCE(stop); i++) {
		pr_info("workqueue_cheat: %d\n", i);
		msleep(interval_ms);
	}
	pr_info("workqueue_cheat: ended\n");
}

static DECLARE_WORK(count_work, workqueue_cheat_count);

static int __init workqueue_cheat_init(void)
{
	queue = alloc_workqueue("lkmc_workqueue", WQ_UNBOUND, 1);
	if (!queue)
		return -ENOMEM;
	pr_info("workqueue_cheat: queued by %s\n", current->comm);
	queue_work(queue, &count_work);
	return 0;
}

static void __exit workqueue_cheat_exit(void)
{
	WRITE_ONCE(stop, true);
	cancel_work_sync(&count_work);
	destroy_workqueue(queue);
}

module_init(workqueue_cheat_init);
module_exit(workqueue_cheat_exit);
MODULE_DESCRIPTION("A work item that never wants to end");
MODULE_LICENSE("GPL");
