// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Behave like a regular file of growing size that is held in one buffer of kernel memory.
 *
 * What makes a file a file? Only how its operations behave. /dev/lkmc_memfile keeps what is
 * written in a buffer that grows on demand, and does on purpose what programs take for granted of
 * a file on a disk: writing past the end makes it longer, appending goes to the end, a hole that
 * was jumped over reads as zeros, opening for overwriting empties it. The runs below do the same
 * things to it and to a real file, and compare.
 *
 * What to notice:
 * - For devices the kernel hands O_APPEND and O_TRUNC to the driver as flags of the open file; it
 *   is up to the driver to do something about them. (A file system gets help with both.)
 * - krealloc() keeps the old contents and may move them. The part that is new holds whatever was
 *   in that memory before: it has to be cleared before a user can see it.
 * - The buffer doubles, so that a thousand short writes do not copy a thousand times.
 * - There is a limit, because a user must not be able to eat all of the kernel's memory: beyond it
 *   -EFBIG, as for a file that is larger than its file system can hold.
 * - A misc device is the short way to a node in /dev when one is enough: misc_register() sees to
 *   the number and the node (character_device.c and character_device_create.c show what is
 *   inside).
 *
 * Sources: include/linux/miscdevice.h; kernel documentation, core-api/memory-allocation.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod memfile.ko
 * real=/tmp/real mem=/dev/lkmc_memfile
 * echo one > $real; echo one > $mem; cmp $real $mem
 * echo two >> $real; echo two >> $mem; cmp $real $mem
 * for where in 1 100 5000; do
 *     printf xyz | dd of=$real bs=1 seek=$where conv=notrunc 2>/dev/null
 *     printf xyz | dd of=$mem bs=1 seek=$where conv=notrunc 2>/dev/null
 *     cmp $real $mem
 * done
 * wc -c < $mem
 * tail -c 3 $mem; echo
 * seq 20000 > $real; seq 20000 > $mem; cmp $real $mem
 * dd if=$mem bs=1000 skip=100 count=1 2>/dev/null | cksum
 * dd if=$real bs=1000 skip=100 count=1 2>/dev/null | cksum
 * echo new > $mem; cat $mem
 * rmmod memfile
 * [ ! -e $mem ]
 * """
 * stdout = """
 * 5003
 * xyz
 * {dec:sum} 1000
 * {dec:sum} 1000
 * new
 * """
 *
 * [[lkmc.run]]
 * name = "the limit"
 * guest = """
 * insmod memfile.ko limit=10
 * printf 0123456789 > /dev/lkmc_memfile
 * echo more >> /dev/lkmc_memfile || true
 * cat /dev/lkmc_memfile; echo
 * rmmod memfile
 * """
 * stdout = "0123456789\n"
 * stderr = "sh: write error: File too large\n"
 * [/lkmc]
 */

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

static unsigned int limit = 1024 * 1024;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "how many bytes the file may have");

static DEFINE_MUTEX(lock);
static char *content;
static size_t capacity;
static size_t size;

/* Makes room for so many bytes. On failure everything stays as it was. */
static int memfile_reserve(size_t wanted)
{
	size_t grown = max_t(size_t, wanted, min_t(size_t, 2 * capacity, limit));
	char *moved;

	if (wanted <= capacity)
		return 0;
	moved = krealloc(content, grown, GFP_KERNEL);
	if (!moved)
		return -ENOMEM;
	content = moved;
	capacity = grown;
	return 0;
}

static int memfile_open(struct inode *inode, struct file *file)
{
	if (file->f_flags & O_TRUNC) {
		mutex_lock(&lock);
		size = 0;
		mutex_unlock(&lock);
	}
	return 0;
}

static ssize_t memfile_read(struct file *file, char __user *buffer, size_t length, loff_t *at)
{
	ssize_t result;

	mutex_lock(&lock);
	/* All of fops.c's read operation: the end, short reads, -EFAULT, the new offset. */
	result = simple_read_from_buffer(buffer, length, at, content, size);
	mutex_unlock(&lock);
	return result;
}

static ssize_t memfile_write_locked(const char __user *buffer, size_t length, loff_t *at)
{
	size_t end;
	int error;

	if (!length)
		return 0;
	if (*at >= limit)
		return -EFBIG;
	length = min_t(size_t, length, limit - *at);
	end = *at + length;
	error = memfile_reserve(end);
	if (error)
		return error;
	if (*at > size)
		memset(content + size, 0, *at - size);
	if (copy_from_user(content + *at, buffer, length))
		return -EFAULT;
	*at = end;
	size = max(size, end);
	return length;
}

static ssize_t memfile_write(struct file *file, const char __user *buffer, size_t length,
			     loff_t *at)
{
	ssize_t result;

	mutex_lock(&lock);
	if (file->f_flags & O_APPEND)
		*at = size;
	result = memfile_write_locked(buffer, length, at);
	mutex_unlock(&lock);
	return result;
}

static loff_t memfile_llseek(struct file *file, loff_t offset, int whence)
{
	loff_t result;

	mutex_lock(&lock);
	/* Offsets beyond the end are allowed: a write there leaves a hole. */
	result = generic_file_llseek_size(file, offset, whence, limit, size);
	mutex_unlock(&lock);
	return result;
}

static const struct file_operations memfile_fops = {
	.owner = THIS_MODULE,
	.open = memfile_open,
	.read = memfile_read,
	.write = memfile_write,
	.llseek = memfile_llseek,
};

static struct miscdevice memfile_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lkmc_memfile",
	.fops = &memfile_fops,
};

static int __init memfile_init(void)
{
	return misc_register(&memfile_device);
}

static void __exit memfile_exit(void)
{
	misc_deregister(&memfile_device);
	kfree(content);
}

module_init(memfile_init);
module_exit(memfile_exit);
MODULE_DESCRIPTION("A file in kernel memory");
MODULE_LICENSE("GPL");
