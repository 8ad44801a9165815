// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait by hand, as wait_event() does inside, and wake one sleeper or all of them.
 *
 * Three threads sleep on one wait queue. Each write to /sys/kernel/debug/lkmc_wait_queue2 puts a
 * coin into a pot and calls wake_up(); a thread that finds a coin takes it and says so. All three
 * wait exclusively, so a wake_up() wakes one of them, in the order in which they came to wait: with
 * one coin there is no point in waking three, of which two would find nothing and lie down again
 * (the "thundering herd"). The thread that took the coin goes to the end of the queue.
 *
 * What to notice:
 * - The order inside the loop: get on the list and call yourself asleep (prepare_to_wait), *then*
 *   look, then schedule(). The other way round a wake-up between the look and the sleep would be
 *   lost. After prepare_to_wait a wake-up only sets the thread running again, and schedule()
 *   returns at once.
 * - wake_up() wakes one exclusive sleeper (and all that are not exclusive), wake_up_nr() several,
 *   wake_up_all() everybody, as it would be if they waited with prepare_to_wait().
 *
 * Sources: include/linux/wait.h, ___wait_event(); kernel_modules/wait_queue.c.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod wait_queue2.ko
 * pot=/sys/kernel/debug/lkmc_wait_queue2
 * until [ "$(cat $pot)" = '0 coins, 3 sleepers' ]; do usleep 10000; done
 * for coin in 1 2 3 4 5; do
 *     echo > $pot
 *     until [ "$(cat $pot)" = '0 coins, 3 sleepers' ]; do usleep 10000; done
 * done
 * rmmod wait_queue2
 * """
 * dmesg = [
 *     "wait_queue2: thread {dec:first} took a coin",
 *     "wait_queue2: thread {dec:second} took a coin",
 *     "wait_queue2: thread {dec} took a coin",
 *     "wait_queue2: thread {dec:first} took a coin",
 *     "wait_queue2: thread {dec:second} took a coin",
 *     "wait_queue2: thread 1 leaves after {dec} wake-ups",
 *     "wait_queue2: thread 2 leaves after {dec} wake-ups",
 *     "wait_queue2: thread 3 leaves after {dec} wake-ups",
 * ]
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/wait.h>

#define SLEEPERS 3

static DECLARE_WAIT_QUEUE_HEAD(queue);
static atomic_t coins = ATOMIC_INIT(0);
static atomic_t asleep = ATOMIC_INIT(0);
static struct task_struct *threads[SLEEPERS];
static struct dentry *file;

/* Returns whether a coin was taken; without one the module is about to go. */
static bool wait_queue2_wait(int *wakeups)
{
	DEFINE_WAIT(entry);
	bool taken = false;

	for (;;) {
		prepare_to_wait_exclusive(&queue, &entry, TASK_INTERRUPTIBLE);
		taken = atomic_add_unless(&coins, -1, 0);
		if (taken || kthread_should_stop())
			break;
		atomic_inc(&asleep);
		schedule();
		atomic_dec(&asleep);
		++*wakeups;
	}
	finish_wait(&queue, &entry);
	return taken;
}

static int wait_queue2_thread(void *argument)
{
	long number = (long)argument;
	int wakeups = 0;

	while (wait_queue2_wait(&wakeups))
		pr_info("wait_queue2: thread %ld took a coin\n", number);
	pr_info("wait_queue2: thread %ld leaves after %d wake-ups\n", number, wakeups);
	return 0;
}

static int wait_queue2_show(struct seq_file *seq, void *unused)
{
	seq_printf(seq, "%d coins, %d sleepers\n", atomic_read(&coins), atomic_read(&asleep));
	return 0;
}

static int wait_queue2_open(struct inode *inode, struct file *opened)
{
	return single_open(opened, wait_queue2_show, NULL);
}

static ssize_t wait_queue2_write(struct file *written, const char __user *buffer, size_t size,
				 loff_t *offset)
{
	atomic_inc(&coins);
	wake_up(&queue);
	return size;
}

static const struct file_operations wait_queue2_fops = {
	.owner = THIS_MODULE,
	.open = wait_queue2_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
	.write = wait_queue2_write,
};

static void wait_queue2_stop(void)
{
	int i;

	for (i = 0; i < SLEEPERS; i++)
		if (!IS_ERR_OR_NULL(threads[i]))
			kthread_stop(threads[i]);
}

static int __init wait_queue2_init(void)
{
	long i;

	for (i = 0; i < SLEEPERS; i++) {
		threads[i] = kthread_run(wait_queue2_thread, (void *)(i + 1), "lkmc_sleeper%ld",
					 i + 1);
		if (IS_ERR(threads[i])) {
			wait_queue2_stop();
			return PTR_ERR(threads[i]);
		}
	}
	file = debugfs_create_file("lkmc_wait_queue2", 0600, NULL, NULL, &wait_queue2_fops);
	return 0;
}

static void __exit wait_queue2_exit(void)
{
	debugfs_remove(file);
	wait_queue2_stop();
}

module_init(wait_queue2_init);
module_exit(wait_queue2_exit);
MODULE_DESCRIPTION("Exclusive waiting, written out");
MODULE_LICENSE("GPL");
