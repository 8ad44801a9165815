// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have a node in /dev appear when the module comes, and go when it goes.
 *
 * character_device.c registers a driver and leaves the node to the user. Here the kernel is also
 * told about the device itself: a class, and a device in it with a name and a number. From that
 * follow by themselves /sys/class/lkmc_character_device_create/, an event that tells user space
 * (udev, if there is one) about the new device, and the node in /dev, which devtmpfs makes: a file
 * system that the kernel itself fills.
 *
 * What to notice:
 * - The order: first everything that the device needs, then the device, because a program may open
 *   the node at the very moment it appears. On unloading the other way round.
 * - Each step can fail, and then the steps before it have to be undone. The labels at the end of
 *   the init function are the usual way: each undoes one step and falls through to the next.
 * - The node is mode 0600, root's. udev rules change that on a real system.
 * - /sys/class/.../dev holds the numbers major:minor, which is all that is needed to make the
 *   node.
 *
 * Sources: kernel documentation, driver-api/infrastructure; include/linux/device/class.h, cdev.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * node=/dev/lkmc_character_device_create_dev
 * class=/sys/class/lkmc_character_device_create
 * [ ! -e $node ]
 * insmod character_device_create.ko
 * stat -c '%F %A' $node
 * cat $node
 * cat $class/lkmc_character_device_create_dev/dev
 * stat -c '0x%t 0x%T' $node
 * rmmod character_device_create
 * [ ! -e $node ]
 * [ ! -e $class ]
 * """
 * stdout = """
 * character special file crw-------
 * hello from the device
 * {dec}:0
 * 0x{hex} 0x0
 * """
 * [/lkmc]
 */

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static dev_t number;
static struct cdev device_cdev;
static struct class device_class = {
	.name = "lkmc_character_device_create",
};

static int greeting_show(struct seq_file *file, void *unused)
{
	seq_puts(file, "hello from the device\n");
	return 0;
}

static int greeting_open(struct inode *inode, struct file *file)
{
	return single_open(file, greeting_show, NULL);
}

static const struct file_operations greeting_fops = {
	.owner = THIS_MODULE,
	.open = greeting_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init character_device_create_init(void)
{
	struct device *device;
	int error;

	error = alloc_chrdev_region(&number, 0, 1, "lkmc_character_device_create");
	if (error)
		return error;
	cdev_init(&device_cdev, &greeting_fops);
	device_cdev.owner = THIS_MODULE;
	error = cdev_add(&device_cdev, number, 1);
	if (error)
		goto release_number;
	error = class_register(&device_class);
	if (error)
		goto delete_cdev;
	device = device_create(&device_class, NULL, number, NULL,
			       "lkmc_character_device_create_dev");
	if (IS_ERR(device)) {
		error = PTR_ERR(device);
		goto unregister_class;
	}
	return 0;

unregister_class:
	class_unregister(&device_class);
delete_cdev:
	cdev_del(&device_cdev);
release_number:
	unregister_chrdev_region(number, 1);
	return error;
}

static void __exit character_device_create_exit(void)
{
	device_destroy(&device_class, number);
	class_unregister(&device_class);
	cdev_del(&device_cdev);
	unregister_chrdev_region(number, 1);
}

module_init(character_device_create_init);
module_exit(character_device_create_exit);
MODULE_DESCRIPTION("A character device with a node of its own accord");
MODULE_LICENSE("GPL");
