// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answer open, read, write, lseek and close of a file, and log each call.
 *
 * A system call on a file ends in a function of whoever made the file: struct file_operations is a
 * table of them. This module makes a file of 8 bytes at most, /sys/kernel/debug/lkmc_fops, and
 * implements the five basic ones by hand. Its log shows what the everyday commands really do.
 *
 * What to notice:
 * - The program's buffer is not the kernel's memory: it may be swapped out, read-only, or a lie.
 *   Only copy_to_user() and copy_from_user() may touch it. They return how many bytes they could
 *   NOT copy; any makes the call fail with -EFAULT.
 * - read() returns how many bytes it gave, which may be fewer than wanted. 0 means the end: `cat`
 *   goes on until it sees one. A driver that never returns 0 is a file without end.
 * - *at is the offset of the open file; read and write have to advance it themselves.
 * - release() is called when the last descriptor of an open file is closed, not at every close(2).
 * - write() beyond the end is -ENOSPC here, an offset outside of the file -EINVAL. Nothing but
 *   this code decides that. A whence that does not exist never comes here: the system call refuses
 *   it.
 * - Two programs may be in these functions at once, hence the mutex.
 *
 * The companion program does on purpose what no shell does: bad pointers and bad offsets.
 *
 * Sources: kernel documentation, filesystems/vfs ("The File Object"); include/linux/fs.h.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * companion = ["../userland/kernel_modules/fops.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod fops.ko
 * cat /sys/kernel/debug/lkmc_fops
 * printf 12 | dd of=/sys/kernel/debug/lkmc_fops bs=2 seek=1 conv=notrunc 2>/dev/null
 * cat /sys/kernel/debug/lkmc_fops
 * rmmod fops
 * """
 * stdout = "abcdef\nab12ef\n"
 * dmesg = [
 *     "fops: open",
 *     "fops: read of {dec} bytes at 0",
 *     "fops: read gives 7",
 *     "fops: read of {dec} bytes at 7",
 *     "fops: read gives 0",
 *     "fops: release",
 *     "fops: open",
 *     "fops: llseek to 2 from the current position",
 *     "fops: write of 2 bytes at 2",
 *     "fops: write takes 2",
 *     "fops: release",
 *     "fops: open",
 *     "fops: read of {dec} bytes at 0",
 *     "fops: release",
 * ]
 *
 * [[lkmc.run]]
 * name = "what goes wrong"
 * guest = """
 * insmod fops.ko
 * ./fops /sys/kernel/debug/lkmc_fops
 * rmmod fops
 * """
 * stdout = """
 * read into memory that may not be written: Bad address
 * write from memory that may not be read: Bad address
 * lseek before the beginning: Invalid argument
 * lseek behind the end: Invalid argument
 * lseek from nowhere: Invalid argument
 * lseek to the last byte: 7
 * write of 3 bytes there: 1
 * write at the end: No space left on device
 * """
 * dmesg = [
 *     "fops: read of 4 bytes at 0",
 *     "fops: read gives -14",
 *     "fops: write of 4 bytes at 0",
 *     "fops: write takes -14",
 *     "fops: llseek to -1 from the beginning",
 *     "fops: llseek to 9 from the beginning",
 *     "fops: llseek to -1 from the end",
 *     "fops: write of 3 bytes at 7",
 *     "fops: write takes 1",
 *     "fops: write of 3 bytes at 8",
 *     "fops: write takes -28",
 * ]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/uaccess.h>

static char content[8] = "abcdef\n";
/* How much of it has been written; lseek may go to the end of the array. */
static size_t filled = 7;
static DEFINE_MUTEX(lock);
static struct dentry *fops_file;

static int fops_open(struct inode *inode, struct file *file)
{
	pr_info("open\n");
	return 0;
}

static int fops_release(struct inode *inode, struct file *file)
{
	pr_info("release\n");
	return 0;
}

static ssize_t fops_read(struct file *file, char __user *buffer, size_t length, loff_t *at)
{
	ssize_t result = 0;

	pr_info("read of %zu bytes at %lld\n", length, *at);
	mutex_lock(&lock);
	if (*at < filled) {
		result = min_t(size_t, length, filled - *at);
		if (copy_to_user(buffer, content + *at, result))
			result = -EFAULT;
		else
			*at += result;
	}
	mutex_unlock(&lock);
	pr_info("read gives %zd\n", result);
	return result;
}

static ssize_t fops_write(struct file *file, const char __user *buffer, size_t length, loff_t *at)
{
	ssize_t result = -ENOSPC;

	pr_info("write of %zu bytes at %lld\n", length, *at);
	mutex_lock(&lock);
	if (*at < sizeof(content)) {
		result = min_t(size_t, length, sizeof(content) - *at);
		if (copy_from_user(content + *at, buffer, result)) {
			result = -EFAULT;
		} else {
			*at += result;
			filled = max_t(size_t, filled, *at);
		}
	}
	mutex_unlock(&lock);
	pr_info("write takes %zd\n", result);
	return result;
}

static loff_t fops_llseek(struct file *file, loff_t offset, int whence)
{
	static const char *const names[] = {
		[SEEK_SET] = "the beginning",
		[SEEK_CUR] = "the current position",
		[SEEK_END] = "the end",
	};
	loff_t target;

	if (whence < SEEK_SET || whence > SEEK_END)
		return -EINVAL;
	pr_info("llseek to %lld from %s\n", offset, names[whence]);
	target = offset;
	if (whence == SEEK_CUR)
		target += file->f_pos;
	else if (whence == SEEK_END)
		target += sizeof(content);
	if (target < 0 || target > sizeof(content))
		return -EINVAL;
	file->f_pos = target;
	return target;
}

static const struct file_operations fops_fops = {
	.owner = THIS_MODULE,
	.open = fops_open,
	.release = fops_release,
	.read = fops_read,
	.write = fops_write,
	.llseek = fops_llseek,
};

static int __init fops_init(void)
{
	fops_file = debugfs_create_file("lkmc_fops", 0600, NULL, NULL, &fops_fops);
	return 0;
}

static void __exit fops_exit(void)
{
	debugfs_remove(fops_file);
}

module_init(fops_init);
module_exit(fops_exit);
MODULE_DESCRIPTION("The basic file operations, each with a line in the log");
MODULE_LICENSE("GPL");
