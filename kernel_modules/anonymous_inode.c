// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hand a program new file descriptors for files that have no name anywhere.
 *
 * open(2) is not the only source of descriptors. Many things in the kernel are handed out as one
 * because a descriptor has all that is needed: it can be read, polled and passed on, and it is
 * closed when the program dies. eventfd(2), epoll_create(2), the virtual machines of KVM and
 * perf's counters are made like that. Here an ioctl on a file in debugfs returns one; as often as
 * it is called, a new one each time.
 *
 * What to notice:
 * - anon_inode_getfd() needs a name (only for display, see the link in /proc/self/fd), file
 *   operations and a pointer for the new file. All these files share one inode, which is in no
 *   file system that could be mounted; hence anonymous.
 * - Each file has a counter of its own, allocated for it and freed by its release().
 * - .owner in the operations of the new files keeps the module loaded while one of them is open,
 *   even after the file that they came from has been closed.
 * - If something fails after the descriptor has been made, it is too late: the program may already
 *   use it from another thread. So it has to be the last step.
 *
 * Sources: fs/anon_inodes.c; include/linux/anon_inodes.h.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * companion = ["../userland/kernel_modules/anonymous_inode.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod anonymous_inode.ko
 * ./anonymous_inode /sys/kernel/debug/lkmc_anonymous_inode
 * rmmod anonymous_inode
 * """
 * stdout = """
 * the first file is anon_inode:[lkmc_counter]
 * first: 10
 * second: 100
 * first: 11
 * second: 101
 * into one byte: Invalid argument
 * first: 12
 * """
 * dmesg = ["anonymous_inode: counter released at 13", "anonymous_inode: counter released at 102"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/anon_inodes.h>
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "anonymous_inode.h"

struct counter {
	atomic_t next;
};

static struct dentry *anonymous_inode_file;

static ssize_t counter_read(struct file *file, char __user *buffer, size_t length, loff_t *at)
{
	struct counter *counter = file->private_data;
	char text[sizeof("4294967295\n")];
	size_t size;

	/* There must be room for the longest number before one is taken: nobody would get that one. */
	if (length < sizeof(text) - 1)
		return -EINVAL;
	size = scnprintf(text, sizeof(text), "%u\n", atomic_fetch_inc(&counter->next));
	return copy_to_user(buffer, text, size) ? -EFAULT : size;
}

static int counter_release(struct inode *inode, struct file *file)
{
	struct counter *counter = file->private_data;

	pr_info("counter released at %u\n", atomic_read(&counter->next));
	kfree(counter);
	return 0;
}

static const struct file_operations counter_fops = {
	.owner = THIS_MODULE,
	.read = counter_read,
	.release = counter_release,
	.llseek = noop_llseek,
};

static int counter_create(u32 start)
{
	struct counter *counter = kmalloc(sizeof(*counter), GFP_KERNEL);
	int fd;

	if (!counter)
		return -ENOMEM;
	atomic_set(&counter->next, start);
	fd = anon_inode_getfd("[lkmc_counter]", &counter_fops, counter, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		kfree(counter);
	return fd;
}

static long anonymous_inode_ioctl(struct file *file, unsigned int cmd, unsigned long argument)
{
	u32 start;

	if (cmd != LKMC_ANONYMOUS_INODE_COUNTER)
		return -ENOTTY;
	if (get_user(start, (__u32 __user *)argument))
		return -EFAULT;
	return counter_create(start);
}

static const struct file_operations anonymous_inode_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = anonymous_inode_ioctl,
};

static int __init anonymous_inode_init(void)
{
	anonymous_inode_file = debugfs_create_file("lkmc_anonymous_inode", 0400, NULL, NULL,
						   &anonymous_inode_fops);
	return 0;
}

static void __exit anonymous_inode_exit(void)
{
	debugfs_remove(anonymous_inode_file);
}

module_init(anonymous_inode_init);
module_exit(anonymous_inode_exit);
MODULE_DESCRIPTION("File descriptors without files");
MODULE_LICENSE("GPL");
