// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let threads sleep until something is true, with wait queues: one producer, two consumers.
 *
 * A wait queue is a list of sleepers. wait_event() puts the caller on it until its condition holds;
 * whoever makes the condition true calls wake_up(), at which each sleeper looks at its condition
 * again. Here the producer makes a number, both consumers take it, and the producer makes the next
 * one only when both have: `producer: 0`, `consumer 2: 0`, `consumer 1: 0`, `producer: 1`, ...
 * Which consumer comes first in a round is not determined, the rest is.
 *
 * What to notice:
 * - A wake-up says "look again", not "it is so": the condition decides. So it does not matter who
 *   comes first, sleeper or waker; a wake-up cannot be missed and a needless one does no harm.
 * - The waker must make the condition true *before* it wakes, or the sleepers look too early.
 * - Two queues, because there are two things to wait for: that there is a number, that it is taken.
 * - Each condition ends in `|| kthread_should_stop()`, else rmmod would wait for ever.
 *   kthread_stop() wakes the thread wherever it sleeps. That is also why the producer's pause is a
 *   wait with a time-out, whose only condition it is.
 *
 * Sources: include/linux/wait.h; kernel_modules/wait_queue2.c for what wait_event() does inside.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod wait_queue.ko interval_ms=1
 * until dmesg | grep -q 'wait_queue: producer: 3$'; do usleep 10000; done
 * rmmod wait_queue
 * for who in 'consumer 1' 'consumer 2'; do dmesg | grep -o "wait_queue: $who: [0-2]\\$"; done
 * """
 * stdout = """
 * wait_queue: consumer 1: 0
 * wait_queue: consumer 1: 1
 * wait_queue: consumer 1: 2
 * wait_queue: consumer 2: 0
 * wait_queue: consumer 2: 1
 * wait_queue: consumer 2: 2
 * """
 * dmesg = [
 *     "wait_queue: producer: 0", "wait_queue: consumer {dec}: 0", "wait_queue: consumer {dec}: 0",
 *     "wait_queue: producer: 1", "wait_queue: consumer {dec}: 1", "wait_queue: consumer {dec}: 1",
 *     "wait_queue: producer: 2", "wait_queue: consumer {dec}: 2", "wait_queue: consumer {dec}: 2",
 *     "wait_queue: producer: 3",
 * ]
 * [/lkmc]
 */

#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/wait.h>

#define CONSUMERS 2

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds that the producer needs for a number");

static DECLARE_WAIT_QUEUE_HEAD(produced);
static DECLARE_WAIT_QUEUE_HEAD(consumed);
/* The newest number, and how many consumers have yet to take it. */
static int product = -1;
static atomic_t waiting = ATOMIC_INIT(0);
static struct task_struct *producer;
static struct task_struct *consumers[CONSUMERS];

static int wait_queue_produce(void *unused)
{
	while (!kthread_should_stop()) {
		pr_info("wait_queue: producer: %d\n", product + 1);
		atomic_set(&waiting, CONSUMERS);
		/* A consumer that sees the number must also see that it is waited for. */
		smp_store_release(&product, product + 1);
		wake_up_all(&produced);
		wait_event_interruptible(consumed, !atomic_read(&waiting) || kthread_should_stop());
		wait_event_interruptible_timeout(consumed, kthread_should_stop(),
						 msecs_to_jiffies(interval_ms));
	}
	return 0;
}

static int wait_queue_consume(void *argument)
{
	long number = (long)argument;
	int taken = -1;

	for (;;) {
		wait_event_interruptible(produced,
					 smp_load_acquire(&product) != taken ||
					 kthread_should_stop());
		if (kthread_should_stop())
			return 0;
		taken = product;
		pr_info("wait_queue: consumer %ld: %d\n", number, taken);
		if (atomic_dec_and_test(&waiting))
			wake_up(&consumed);
	}
}

static void wait_queue_stop(void)
{
	int i;

	if (!IS_ERR_OR_NULL(producer))
		kthread_stop(producer);
	for (i = 0; i < CONSUMERS; i++)
		if (!IS_ERR_OR_NULL(consumers[i]))
			kthread_stop(consumers[i]);
}

static int __init wait_queue_init(void)
{
	struct task_struct *thread = NULL;
	long i;

	for (i = 0; i < CONSUMERS && !IS_ERR(thread); i++)
		thread = consumers[i] = kthread_run(wait_queue_consume, (void *)(i + 1),
						    "lkmc_consumer%ld", i + 1);
	if (!IS_ERR(thread))
		thread = producer = kthread_run(wait_queue_produce, NULL, "lkmc_producer");
	if (IS_ERR(thread))
		wait_queue_stop();
	return PTR_ERR_OR_ZERO(thread);
}

static void __exit wait_queue_exit(void)
{
	wait_queue_stop();
}

module_init(wait_queue_init);
module_exit(wait_queue_exit);
MODULE_DESCRIPTION("Threads that wait for each other on wait queues");
MODULE_LICENSE("GPL");
