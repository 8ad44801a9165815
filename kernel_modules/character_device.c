// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Register a character device, and make the node for it in /dev by hand.
 *
 * A device node is only a name with two numbers in it. When a program opens it, the kernel looks
 * up the first number, the major, among the registered drivers, and uses that driver's operations
 * for the open file; the second, the minor, tells the driver which of its devices is meant. The
 * name of the node means nothing.
 *
 * What to notice:
 * - register_chrdev(0, ...) asks for any major that is free, and returns it. /proc/devices lists
 *   all majors with the names of their drivers; from there the script below takes the number.
 * - mknod works at any time and in any directory. Without a driver for its number, opening the
 *   node fails with ENXIO, "No such device or address".
 * - register_chrdev() claims all 256 minors at once; here the driver tells its reader which one
 *   was opened. (scull.c claims just those that it has.)
 * - Today nobody calls mknod by hand: character_device_create.c shows how the node comes by
 *   itself.
 *
 * Sources: include/linux/fs.h; kernel documentation, admin-guide/devices; manual page mknod(1).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod character_device.ko
 * major=$(grep lkmc_character_device /proc/devices | cut -d ' ' -f 1)
 * mknod /tmp/any_name c $major 0
 * mknod /tmp/another c $major 7
 * cat /tmp/any_name /tmp/another
 * echo text > /tmp/any_name || true
 * rmmod character_device
 * grep -c lkmc_character_device /proc/devices || true
 * cat /tmp/any_name
 * """
 * status = 1
 * stdout = "this is minor 0\nthis is minor 7\n0\n"
 * stderr = """
 * sh: write error: Invalid argument
 * cat: can't open '/tmp/any_name': No such device or address
 * """
 * [/lkmc]
 */

#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int major;

static int character_device_show(struct seq_file *file, void *unused)
{
	const struct inode *inode = file->private;

	seq_printf(file, "this is minor %u\n", iminor(inode));
	return 0;
}

static int character_device_open(struct inode *inode, struct file *file)
{
	return single_open(file, character_device_show, inode);
}

/* There is no write operation, which is how a file refuses to be written. */
static const struct file_operations character_device_fops = {
	.owner = THIS_MODULE,
	.open = character_device_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init character_device_init(void)
{
	major = register_chrdev(0, "lkmc_character_device", &character_device_fops);
	return major < 0 ? major : 0;
}

static void __exit character_device_exit(void)
{
	unregister_chrdev(major, "lkmc_character_device");
}

module_init(character_device_init);
module_exit(character_device_exit);
MODULE_DESCRIPTION("A character device whose node is made by hand");
MODULE_LICENSE("GPL");
