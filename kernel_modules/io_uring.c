// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Serve reads, writes and commands that a program submits through io_uring.
 *
 * With io_uring a program does not call the kernel for each operation. It writes descriptions of
 * many operations into a ring of memory that both share, tells the kernel once, and finds the
 * results in a second ring as they come. The device /dev/lkmc_io_uring is a mailbox for one short
 * message: a write puts it in, a read takes it out and has to wait while there is none.
 *
 * The companion program submits three operations with one system call: a read of the empty
 * mailbox, a write, and a command. The read is submitted first and has nothing to read. An
 * ordinary read(2) would sleep, and the program would never get to its write. The log shows what
 * happens instead.
 *
 * What to notice:
 * - FMODE_NOWAIT, set when the file is opened, promises that the driver honours IOCB_NOWAIT: with
 *   that flag it returns -EAGAIN instead of sleeping. io_uring tries each operation so first. The
 *   promise includes the lock: who holds it may be waiting for a page of a program's memory.
 * - After -EAGAIN io_uring calls poll() of the driver, which leads it to the wait queue, and goes
 *   on to the next operation. The write's wake_up makes it try the read again, which succeeds now.
 *   A driver without poll() gets a kernel thread that sleeps for it: works, but costs.
 * - read_iter() and write_iter() replace read() and write(): they get an iov_iter, which stands
 *   for the memory on the other side whatever it is, and a kiocb with the flags of this one
 *   operation. Without them io_uring would still work, but never without a thread.
 * - uring_cmd() is to io_uring what ioctl() is to system calls. Its argument travels in the
 *   submission itself, so there is no user pointer to check. The program can still write there:
 *   read each field once. -EIOCBQUEUED says that the completion has been or will be sent by
 *   io_uring_cmd_done().
 * - The ordinary read(2) and write(2) work, too: `echo` and `head` go through the same two
 *   functions.
 *
 * Sources: manual page io_uring(7); include/linux/io_uring/cmd.h; io_uring/rw.c, io_uring/poll.c.
 *
 * [lkmc]
 * kconfig = ["IO_URING=y"]
 * companion = ["../userland/kernel_modules/io_uring.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod io_uring.ko
 * ./io_uring /dev/lkmc_io_uring
 * rmmod io_uring
 * """
 * stdout = """
 * a read of nothing: 0 bytes
 * submitted 3 operations with one system call
 * read: 5 bytes: hello
 * write: 5 bytes
 * command: 42
 * """
 * dmesg = [
 *     "io_uring: read without waiting: -EAGAIN",
 *     "io_uring: poll",
 *     "io_uring: write of 5 bytes",
 *     "io_uring: command: 40 + 2",
 *     "io_uring: read of 5 bytes",
 * ]
 *
 * [[lkmc.run]]
 * name = "with the ordinary system calls"
 * guest = """
 * insmod io_uring.ko
 * echo hello > /dev/lkmc_io_uring
 * head -n 1 /dev/lkmc_io_uring
 * head -n 1 /dev/lkmc_io_uring &
 * until dmesg | grep -q 'io_uring: waiting'; do usleep 10000; done
 * echo later > /dev/lkmc_io_uring
 * wait
 * rmmod io_uring
 * """
 * stdout = "hello\nlater\n"
 * dmesg = [
 *     "io_uring: write of 6 bytes",
 *     "io_uring: read of 6 bytes",
 *     "io_uring: waiting until the mailbox is full",
 *     "io_uring: write of 6 bytes",
 *     "io_uring: read of 6 bytes",
 * ]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/uio.h>
#include <linux/version.h>
#include <linux/wait.h>
/* Linux 6.8 moved drivers' part of io_uring here; 6.6 put the command's data behind a function. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#endif

#include "io_uring.h"

static DEFINE_MUTEX(lock);
static DECLARE_WAIT_QUEUE_HEAD(changed);
static char message[64];
/* 0: the mailbox is empty. */
static size_t message_length;

static int io_uring_open(struct inode *inode, struct file *file)
{
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

/*
 * Locks the mailbox when it is full or empty, as wanted. Waits for that, and for the lock, unless
 * the operation must not.
 */
static int io_uring_lock(const struct kiocb *operation, bool full)
{
	bool nowait = operation->ki_flags & IOCB_NOWAIT || operation->ki_filp->f_flags & O_NONBLOCK;

	for (;;) {
		if (nowait) {
			if (!mutex_trylock(&lock))
				return -EAGAIN;
		} else if (mutex_lock_interruptible(&lock)) {
			return -ERESTARTSYS;
		}
		if (full == !!message_length)
			return 0;
		mutex_unlock(&lock);
		if (nowait)
			return -EAGAIN;
		pr_info("waiting until the mailbox is %s\n", full ? "full" : "empty");
		if (wait_event_interruptible(changed, full == !!READ_ONCE(message_length)))
			return -ERESTARTSYS;
	}
}

static ssize_t io_uring_read_iter(struct kiocb *operation, struct iov_iter *to)
{
	size_t copied;
	int error;

	/* As of any file: there are always 0 bytes to read. */
	if (!iov_iter_count(to))
		return 0;
	error = io_uring_lock(operation, true);
	if (error) {
		if (error == -EAGAIN)
			pr_info("read without waiting: -EAGAIN\n");
		return error;
	}
	/* Whatever does not fit into the reader's buffer is lost: a mailbox, not a stream. */
	copied = copy_to_iter(message, message_length, to);
	if (copied)
		message_length = 0;
	mutex_unlock(&lock);
	if (!copied)
		return -EFAULT;
	wake_up_interruptible_poll(&changed, EPOLLOUT);
	pr_info("read of %zu bytes\n", copied);
	return copied;
}

static ssize_t io_uring_write_iter(struct kiocb *operation, struct iov_iter *from)
{
	size_t copied;
	int error;

	if (!iov_iter_count(from))
		return 0;
	error = io_uring_lock(operation, false);
	if (error)
		return error;
	copied = copy_from_iter(message, sizeof(message), from);
	message_length = copied;
	mutex_unlock(&lock);
	if (!copied)
		return -EFAULT;
	pr_info("write of %zu bytes\n", copied);
	wake_up_interruptible_poll(&changed, EPOLLIN);
	return copied;
}

static __poll_t io_uring_poll(struct file *file, struct poll_table_struct *table)
{
	pr_info("poll\n");
	poll_wait(file, &changed, table);
	return READ_ONCE(message_length) ? EPOLLIN | EPOLLRDNORM : EPOLLOUT | EPOLLWRNORM;
}

static const void *io_uring_command_data(const struct io_uring_cmd *command)
{
#ifdef io_uring_sqe_cmd
	return io_uring_sqe_cmd(command->sqe, struct lkmc_io_uring_sum);
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return io_uring_sqe_cmd(command->sqe);
#else
	return command->cmd;
#endif
}

static int io_uring_command(struct io_uring_cmd *command, unsigned int issue_flags)
{
	const struct lkmc_io_uring_sum *sum = io_uring_command_data(command);
	s32 left, right;

	if (command->cmd_op != LKMC_IO_URING_SUM)
		return -ENOTTY;
	left = READ_ONCE(sum->left);
	right = READ_ONCE(sum->right);
	pr_info("command: %d + %d\n", left, right);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	io_uring_cmd_done(command, left + right, issue_flags);
#else
	io_uring_cmd_done(command, left + right, 0, issue_flags);
#endif
	return -EIOCBQUEUED;
}

static const struct file_operations io_uring_fops = {
	.owner = THIS_MODULE,
	.open = io_uring_open,
	.read_iter = io_uring_read_iter,
	.write_iter = io_uring_write_iter,
	.poll = io_uring_poll,
	.uring_cmd = io_uring_command,
};

static struct miscdevice io_uring_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lkmc_io_uring",
	.fops = &io_uring_fops,
};

static int __init lkmc_io_uring_init(void)
{
	return misc_register(&io_uring_device);
}

static void __exit lkmc_io_uring_exit(void)
{
	misc_deregister(&io_uring_device);
}

module_init(lkmc_io_uring_init);
module_exit(lkmc_io_uring_exit);
MODULE_DESCRIPTION("A mailbox that io_uring can use without threads");
MODULE_LICENSE("GPL");
