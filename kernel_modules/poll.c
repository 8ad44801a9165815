// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let a program sleep until the device has something for it, with poll(2).
 *
 * A program that waits for several things at once, a terminal and a network, say, cannot block in
 * read(2) of one of them. It calls poll(2), select(2) or epoll_wait(2) on all, and sleeps until
 * one is ready. The driver's part is a function that says what its file is ready for, and that
 * names a wait queue on which a change will be announced. Here the hardware is a kernel thread:
 * after every interval it puts the time, in jiffies, where the program can read it.
 *
 * What to notice:
 * - poll_wait() does not wait. It only adds the program to the queue; the sleeping is done by
 *   poll(2), after all files have been asked. So the function of the driver is called twice for
 *   one wait: once before the sleep, and once after wake_up(), to learn what has happened.
 * - EPOLLIN in the result means that read(2) will not block now. EPOLLRDNORM means the same and
 *   belongs beside it, for programs that ask for that one. With O_NONBLOCK a read that would block
 *   is -EAGAIN.
 * - `insmod poll.ko pol0=1` makes the function answer 0 always. The thread still wakes the
 *   program, which is told that nothing is ready, and sleeps on: forever if it gave no timeout.
 * - Waking up is what a real driver does in its interrupt handler.
 *
 * Sources: include/linux/poll.h; manual page poll(2).
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * companion = ["../userland/kernel_modules/poll.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod poll.ko interval_ms=20
 * ./poll /sys/kernel/debug/lkmc_poll 3
 * rmmod poll
 * """
 * stdout = """
 * revents = 1
 * POLLIN n={dec} buf={dec}
 * revents = 1
 * POLLIN n={dec} buf={dec}
 * revents = 1
 * POLLIN n={dec} buf={dec}
 * """
 * dmesg = [
 *     "poll: wake up", "poll: return POLLIN",
 *     "poll: wake up", "poll: return POLLIN",
 *     "poll: wake up", "poll: return POLLIN",
 * ]
 *
 * [[lkmc.run]]
 * name = "never ready"
 * guest = """
 * insmod poll.ko interval_ms=20 pol0=1
 * ./poll /sys/kernel/debug/lkmc_poll 1 500
 * rmmod poll
 * """
 * stdout = "timeout\n"
 * dmesg = ["poll: return 0", "poll: wake up", "poll: return 0"]
 * dmesg-not = ["poll: return POLLIN"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one event to the next");

static bool pol0;
module_param(pol0, bool, 0444);
MODULE_PARM_DESC(pol0, "say that nothing is ready, always");

static DECLARE_WAIT_QUEUE_HEAD(readers);
static DEFINE_MUTEX(lock);
/* What read(2) gives, none while `length` is 0. */
static char text[24];
static size_t length;
static struct dentry *poll_file;
static struct task_struct *hardware;

static int poll_hardware(void *unused)
{
	for (;;) {
		/* In this order, as in kthread.c: a wake-up by kthread_stop() is not lost. */
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule_timeout(msecs_to_jiffies(interval_ms));
		__set_current_state(TASK_RUNNING);
		if (kthread_should_stop())
			return 0;
		mutex_lock(&lock);
		length = scnprintf(text, sizeof(text), "%lu", jiffies);
		mutex_unlock(&lock);
		pr_info("wake up\n");
		wake_up_interruptible(&readers);
	}
}

static ssize_t poll_read(struct file *file, char __user *buffer, size_t size, loff_t *at)
{
	ssize_t result;

	mutex_lock(&lock);
	/* Another reader may be quicker between waking up and locking, hence the loop. */
	while (!length) {
		mutex_unlock(&lock);
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(readers, READ_ONCE(length)))
			return -ERESTARTSYS;
		mutex_lock(&lock);
	}
	result = min(size, length);
	if (copy_to_user(buffer, text, result))
		result = -EFAULT;
	else
		length = 0;
	mutex_unlock(&lock);
	return result;
}

static __poll_t poll_poll(struct file *file, struct poll_table_struct *table)
{
	__poll_t ready = 0;

	/* First join the queue, then look: an event in between wakes us. */
	poll_wait(file, &readers, table);
	if (READ_ONCE(length) && !pol0)
		ready = EPOLLIN | EPOLLRDNORM;
	pr_info("return %s\n", ready ? "POLLIN" : "0");
	return ready;
}

static const struct file_operations poll_fops = {
	.owner = THIS_MODULE,
	.read = poll_read,
	.poll = poll_poll,
	.llseek = noop_llseek,
};

static int __init lkmc_poll_init(void)
{
	hardware = kthread_run(poll_hardware, NULL, "lkmc_poll");
	if (IS_ERR(hardware))
		return PTR_ERR(hardware);
	poll_file = debugfs_create_file("lkmc_poll", 0400, NULL, NULL, &poll_fops);
	return 0;
}

static void __exit lkmc_poll_exit(void)
{
	debugfs_remove(poll_file);
	kthread_stop(hardware);
}

module_init(lkmc_poll_init);
module_exit(lkmc_poll_exit);
MODULE_DESCRIPTION("A device that is ready from time to time");
MODULE_LICENSE("GPL");
