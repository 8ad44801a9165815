// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create a directory in /sys with two attributes, one value per file.
 *
 * /sys mirrors the kernel's own objects: every directory is a kobject, every file an attribute of
 * it. A driver usually gets its directory from the device model and only adds attributes. Here a
 * bare kobject is made by hand, /sys/kernel/lkmc_sysfs, with an attribute foo that can be read and
 * written, and an attribute writes that counts how often foo was.
 *
 * What to notice:
 * - The two functions of an attribute never see a file, an offset or a user's pointer. show()
 *   prints the value into a page that sysfs hands it, store() gets the whole text that was
 *   written; sysfs makes read(2), lseek(2) and write(2) from that. ioctl or mmap there are none.
 * - sysfs_emit() is snprintf() that knows the size of that page.
 * - __ATTR_RW(foo) expects the functions foo_show() and foo_store(), and sets the mode to 0644;
 *   __ATTR_RO() wants only the first, mode 0444. A mode writable for all does not even compile.
 * - The attributes are a group: if one cannot be made, sysfs removes the others, and there is one
 *   error to handle. The directory is visible before its files are. A device whose files must be
 *   there when udev hears of it names its groups beforehand (dev_groups, as in scull.c;
 *   default_groups in a kobj_type), and the kernel creates them before it tells anybody.
 * - sysfs lets one write(2) at a time through each *open file*, but two programs have two of those.
 *   So foo and the counter of its writes need a lock to change together.
 * - kobjects are counted. kobject_put() gives back our reference; the directory goes, the memory
 *   when the last user is gone.
 *
 * Sources: kernel documentation, filesystems/sysfs and core-api/kobject.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod sysfs.ko
 * cd /sys/kernel/lkmc_sysfs
 * stat -c '%n %A' *
 * cat foo writes
 * echo 42 > foo
 * echo 0x2b > foo
 * echo forty-two > foo || true
 * cat foo writes
 * dd if=foo bs=1 skip=1 count=1 2>/dev/null
 * echo
 * cd /
 * rmmod sysfs
 * [ ! -e /sys/kernel/lkmc_sysfs ]
 * """
 * stdout = """
 * foo -rw-r--r--
 * writes -r--r--r--
 * 0
 * 0
 * 43
 * 2
 * 3
 * """
 * stderr = "sh: write error: Invalid argument\n"
 * [/lkmc]
 */

#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sysfs.h>

/* For a change of the two numbers. */
static DEFINE_MUTEX(lock);
static int foo;
static unsigned int writes;
static struct kobject *directory;

static ssize_t foo_show(struct kobject *kobject, struct kobj_attribute *attribute, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(foo));
}

static ssize_t foo_store(struct kobject *kobject, struct kobj_attribute *attribute,
			 const char *text, size_t length)
{
	int value;
	int error = kstrtoint(text, 0, &value);

	if (error)
		return error;
	mutex_lock(&lock);
	WRITE_ONCE(foo, value);
	WRITE_ONCE(writes, writes + 1);
	mutex_unlock(&lock);
	return length;
}

static ssize_t writes_show(struct kobject *kobject, struct kobj_attribute *attribute, char *page)
{
	return sysfs_emit(page, "%u\n", READ_ONCE(writes));
}

static struct kobj_attribute foo_attribute = __ATTR_RW(foo);
static struct kobj_attribute writes_attribute = __ATTR_RO(writes);

static struct attribute *attributes[] = {
	&foo_attribute.attr,
	&writes_attribute.attr,
	NULL,
};

static const struct attribute_group group = {
	.attrs = attributes,
};

static int __init lkmc_sysfs_init(void)
{
	int error;

	directory = kobject_create_and_add("lkmc_sysfs", kernel_kobj);
	if (!directory)
		return -ENOMEM;
	error = sysfs_create_group(directory, &group);
	if (error)
		kobject_put(directory);
	return error;
}

static void __exit lkmc_sysfs_exit(void)
{
	sysfs_remove_group(directory, &group);
	kobject_put(directory);
}

module_init(lkmc_sysfs_init);
module_exit(lkmc_sysfs_exit);
MODULE_DESCRIPTION("Two attributes in /sys");
MODULE_LICENSE("GPL");
