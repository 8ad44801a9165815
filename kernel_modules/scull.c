// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drive several devices with one driver: small sparse memories, each with its own contents.
 *
 * A driver is written once and has to serve any number of devices. So nothing that belongs to one
 * device may be a global variable: it goes into a structure, one per device, and each operation
 * first has to find out which of them it is working on. Here the devices are memories,
 * /dev/scull0, /dev/scull1 and so on, made of pages that are allocated when they are first
 * written.
 *
 * What to notice:
 * - struct cdev, the kernel's view of a character device, is embedded in our structure. open()
 *   gets the inode, the inode points to the cdev, and container_of() computes the address of the
 *   structure around it. file->private_data carries it to the other operations.
 * - The pages of a device are in an xarray, which maps a number to a pointer and takes no memory
 *   for numbers that are not used: byte 4000000 of an empty device costs one page, not a thousand.
 * - Each device has a lock of its own: who uses scull0 does not wait for scull1.
 * - mutex_lock_interruptible() gives up when the waiting program is sent a signal, so that Ctrl-C
 *   works; -ERESTARTSYS lets the kernel repeat the call if the program wants that.
 * - A call transfers up to the end of one page and returns that number. Programs repeat read and
 *   write for the rest anyway.
 * - While a device is open the module cannot be removed: .owner counts users.
 *
 * The name is a tribute to the book "Linux Device Drivers", whose first driver is called so too.
 *
 * Sources: kernel documentation, core-api/xarray; include/linux/cdev.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod scull.ko
 * ls /dev/scull*
 * echo zero > /dev/scull0
 * echo one > /dev/scull1
 * echo more >> /dev/scull1
 * cat /dev/scull0 /dev/scull1 /dev/scull2
 * seq 20000 > /tmp/numbers
 * cat /tmp/numbers > /dev/scull3
 * cmp /tmp/numbers /dev/scull3
 * echo far | dd of=/dev/scull2 bs=1 seek=4000000 2>/dev/null
 * dd if=/dev/scull2 bs=1000000 skip=4 2>/dev/null
 * head -c 4000000 /dev/scull2 | tr -d '\\0' | wc -c
 * cat /sys/class/lkmc_scull/scull2/pages /sys/class/lkmc_scull/scull3/pages
 * echo short > /dev/scull3
 * cat /dev/scull3 /sys/class/lkmc_scull/scull3/pages
 * rmmod scull
 * """
 * stdout = """
 * /dev/scull0
 * /dev/scull1
 * /dev/scull2
 * /dev/scull3
 * zero
 * one
 * more
 * far
 * 0
 * 1
 * 27
 * short
 * 1
 * """
 *
 * [[lkmc.run]]
 * name = "in use"
 * guest = """
 * insmod scull.ko devices=1
 * ls /dev/scull*
 * exec 3< /dev/scull0
 * rmmod scull || true
 * ls -d /sys/module/scull
 * exec 3<&-
 * rmmod scull
 * [ ! -e /dev/scull0 ]
 * """
 * stdout = "/dev/scull0\n/sys/module/scull\n"
 * stderr = "rmmod: {any}'scull': Resource temporarily unavailable\n"
 *
 * [[lkmc.run]]
 * name = "full"
 * guest = """
 * insmod scull.ko limit=4096
 * head -c 4096 /dev/zero > /dev/scull0
 * echo more >> /dev/scull0 || true
 * wc -c < /dev/scull0
 * rmmod scull
 * """
 * stdout = "4096\n"
 * stderr = "sh: write error: No space left on device\n"
 * [/lkmc]
 */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

static unsigned int devices = 4;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "how many devices there are");

static unsigned int limit = 16 * 1024 * 1024;
module_param(limit, uint, 0444);
MODULE_PARM_DESC(limit, "how many bytes each may hold");

struct scull {
	struct mutex lock;
	struct xarray pages;
	/* How many pages there are in `pages`. */
	unsigned int count;
	loff_t size;
	struct cdev cdev;
};

static dev_t first_number;
static struct scull *sculls;

static void scull_empty(struct scull *scull)
{
	unsigned long index;
	void *page;

	xa_for_each(&scull->pages, index, page)
		free_page((unsigned long)page);
	xa_destroy(&scull->pages);
	scull->count = 0;
	scull->size = 0;
}

/* The page with the byte at an offset, a new one if there is none yet. */
static void *scull_page(struct scull *scull, loff_t at)
{
	unsigned long index = at >> PAGE_SHIFT;
	void *page = xa_load(&scull->pages, index);

	if (page)
		return page;
	page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!page)
		return NULL;
	if (xa_err(xa_store(&scull->pages, index, page, GFP_KERNEL))) {
		free_page((unsigned long)page);
		return NULL;
	}
	scull->count++;
	return page;
}

static int scull_open(struct inode *inode, struct file *file)
{
	struct scull *scull = container_of(inode->i_cdev, struct scull, cdev);

	file->private_data = scull;
	if (file->f_flags & O_TRUNC) {
		if (mutex_lock_interruptible(&scull->lock))
			return -ERESTARTSYS;
		scull_empty(scull);
		mutex_unlock(&scull->lock);
	}
	return 0;
}

static ssize_t scull_read_locked(struct scull *scull, char __user *buffer, size_t length,
				 loff_t *at)
{
	unsigned int offset = offset_in_page(*at);
	void *page;

	if (*at >= scull->size)
		return 0;
	length = min_t(loff_t, length, scull->size - *at);
	length = min_t(size_t, length, PAGE_SIZE - offset);
	page = xa_load(&scull->pages, *at >> PAGE_SHIFT);
	if (page ? copy_to_user(buffer, page + offset, length) : clear_user(buffer, length))
		return -EFAULT;
	*at += length;
	return length;
}

static ssize_t scull_read(struct file *file, char __user *buffer, size_t length, loff_t *at)
{
	struct scull *scull = file->private_data;
	ssize_t result;

	if (mutex_lock_interruptible(&scull->lock))
		return -ERESTARTSYS;
	result = scull_read_locked(scull, buffer, length, at);
	mutex_unlock(&scull->lock);
	return result;
}

static ssize_t scull_write_locked(struct scull *scull, const char __user *buffer, size_t length,
				  loff_t *at)
{
	unsigned int offset = offset_in_page(*at);
	void *page;

	/* Nothing to store, so no page for it either. */
	if (!length)
		return 0;
	if (*at >= limit)
		return -ENOSPC;
	length = min_t(loff_t, length, limit - *at);
	length = min_t(size_t, length, PAGE_SIZE - offset);
	page = scull_page(scull, *at);
	if (!page)
		return -ENOMEM;
	if (copy_from_user(page + offset, buffer, length))
		return -EFAULT;
	*at += length;
	scull->size = max(scull->size, *at);
	return length;
}

static ssize_t scull_write(struct file *file, const char __user *buffer, size_t length, loff_t *at)
{
	struct scull *scull = file->private_data;
	ssize_t result;

	if (mutex_lock_interruptible(&scull->lock))
		return -ERESTARTSYS;
	if (file->f_flags & O_APPEND)
		*at = scull->size;
	result = scull_write_locked(scull, buffer, length, at);
	mutex_unlock(&scull->lock);
	return result;
}

static loff_t scull_llseek(struct file *file, loff_t offset, int whence)
{
	struct scull *scull = file->private_data;

	return generic_file_llseek_size(file, offset, whence, limit, READ_ONCE(scull->size));
}

static const struct file_operations scull_fops = {
	.owner = THIS_MODULE,
	.open = scull_open,
	.read = scull_read,
	.write = scull_write,
	.llseek = scull_llseek,
};

/* The attribute `pages` of each device in /sys/class/lkmc_scull/. */
static ssize_t pages_show(struct device *device, struct device_attribute *attribute, char *page)
{
	struct scull *scull = dev_get_drvdata(device);

	return sysfs_emit(page, "%u\n", READ_ONCE(scull->count));
}
static DEVICE_ATTR_RO(pages);

static struct attribute *scull_attrs[] = {
	&dev_attr_pages.attr,
	NULL,
};
ATTRIBUTE_GROUPS(scull);

static struct class scull_class = {
	.name = "lkmc_scull",
	.dev_groups = scull_groups,
};

static int scull_add(struct scull *scull, unsigned int index)
{
	dev_t number = first_number + index;
	struct device *device;
	int error;

	mutex_init(&scull->lock);
	xa_init(&scull->pages);
	cdev_init(&scull->cdev, &scull_fops);
	scull->cdev.owner = THIS_MODULE;
	error = cdev_add(&scull->cdev, number, 1);
	if (error)
		return error;
	device = device_create(&scull_class, NULL, number, scull, "scull%u", index);
	if (IS_ERR(device))
		cdev_del(&scull->cdev);
	return PTR_ERR_OR_ZERO(device);
}

static void scull_remove(struct scull *scull)
{
	device_destroy(&scull_class, scull->cdev.dev);
	cdev_del(&scull->cdev);
	scull_empty(scull);
}

static int __init scull_init(void)
{
	unsigned int added = 0;
	int error;

	error = alloc_chrdev_region(&first_number, 0, devices, "lkmc_scull");
	if (error)
		return error;
	error = class_register(&scull_class);
	if (error)
		goto release_numbers;
	sculls = kcalloc(devices, sizeof(*sculls), GFP_KERNEL);
	if (!sculls) {
		error = -ENOMEM;
		goto unregister_class;
	}
	for (; added < devices; added++) {
		error = scull_add(&sculls[added], added);
		if (error)
			goto remove;
	}
	return 0;

remove:
	while (added--)
		scull_remove(&sculls[added]);
	kfree(sculls);
unregister_class:
	class_unregister(&scull_class);
release_numbers:
	unregister_chrdev_region(first_number, devices);
	return error;
}

static void __exit scull_exit(void)
{
	unsigned int i;

	for (i = 0; i < devices; i++)
		scull_remove(&sculls[i]);
	kfree(sculls);
	class_unregister(&scull_class);
	unregister_chrdev_region(first_number, devices);
}

module_init(scull_init);
module_exit(scull_exit);
MODULE_DESCRIPTION("Several memories behind one driver");
MODULE_LICENSE("GPL");
