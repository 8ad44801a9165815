// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pass an integer to the kernel through ioctl(2), and get it back incremented.
 *
 * Not everything about a device is reading and writing bytes. ioctl(fd, request, pointer) is the
 * way for the rest: the driver may define any number of requests, and what the pointer points to
 * depends on the request. Both sides share a header, ioctl.h, with the numbers and structures.
 *
 * What to notice:
 * - A request is 32 bits made by _IO(), _IOR(), _IOW() or _IOWR(): the direction of the data,
 *   their size, a type chosen by the driver so that a request sent to the wrong device is not
 *   understood there by accident, and a number. The log shows the parts.
 * - The kernel does not check any of it: not the size, not the pointer. copy_from_user() and
 *   copy_to_user() do, as in read and write; a bad pointer is -EFAULT.
 * - -ENOTTY, "Inappropriate ioctl for device", is the answer to a request that the driver does not
 *   know. The name comes from the days when ioctl was for terminals.
 * - The structures use __s32 and not long: a 32-bit program must see the same layout when it runs
 *   on a 64-bit kernel. (It then enters through .compat_ioctl, which can be the same function if
 *   there are no pointers inside the structure.)
 *
 * Sources: kernel documentation, driver-api/ioctl; include/uapi/asm-generic/ioctl.h.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * companion = ["../userland/kernel_modules/ioctl.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod ioctl.ko
 * ./ioctl /sys/kernel/debug/lkmc_ioctl 0 1
 * ./ioctl /sys/kernel/debug/lkmc_ioctl 1 1 1
 * rmmod ioctl
 * """
 * stdout = "2\n2 0\n"
 * dmesg = [
 *     "ioctl: cmd = 0xc004bc00: type 0xbc, number 0, size 4, to the kernel: yes, from it: yes",
 *     "ioctl: cmd = 0xc008bc01: type 0xbc, number 1, size 8, to the kernel: yes, from it: yes",
 * ]
 *
 * [[lkmc.run]]
 * name = "a bad pointer, and a request that does not exist"
 * guest = """
 * insmod ioctl.ko
 * ./ioctl /sys/kernel/debug/lkmc_ioctl 0 || true
 * ./ioctl /sys/kernel/debug/lkmc_ioctl 7 || true
 * rmmod ioctl
 * """
 * stderr = "ioctl: Bad address\nioctl: Inappropriate ioctl for device\n"
 * dmesg = ["ioctl: cmd = 0xbc07: type 0xbc, number 7, size 0, to the kernel: no, from it: no"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "ioctl.h"

static struct dentry *ioctl_file;

static long ioctl_inc(void __user *argument)
{
	__s32 value;

	if (copy_from_user(&value, argument, sizeof(value)))
		return -EFAULT;
	value++;
	if (copy_to_user(argument, &value, sizeof(value)))
		return -EFAULT;
	return 0;
}

static long ioctl_inc_dec(void __user *argument)
{
	struct lkmc_ioctl_pair pair;

	if (copy_from_user(&pair, argument, sizeof(pair)))
		return -EFAULT;
	pair.up++;
	pair.down--;
	if (copy_to_user(argument, &pair, sizeof(pair)))
		return -EFAULT;
	return 0;
}

static long ioctl_ioctl(struct file *file, unsigned int cmd, unsigned long argument)
{
	const char *in = _IOC_DIR(cmd) & _IOC_WRITE ? "yes" : "no";
	const char *out = _IOC_DIR(cmd) & _IOC_READ ? "yes" : "no";

	pr_info("cmd = 0x%x: type 0x%x, number %u, size %u, to the kernel: %s, from it: %s\n", cmd,
		_IOC_TYPE(cmd), _IOC_NR(cmd), _IOC_SIZE(cmd), in, out);
	switch (cmd) {
	case LKMC_IOCTL_INC:
		return ioctl_inc((void __user *)argument);
	case LKMC_IOCTL_INC_DEC:
		return ioctl_inc_dec((void __user *)argument);
	default:
		return -ENOTTY;
	}
}

static const struct file_operations ioctl_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = ioctl_ioctl,
};

static int __init lkmc_ioctl_init(void)
{
	ioctl_file = debugfs_create_file("lkmc_ioctl", 0400, NULL, NULL, &ioctl_fops);
	return 0;
}

static void __exit lkmc_ioctl_exit(void)
{
	debugfs_remove(ioctl_file);
}

module_init(lkmc_ioctl_init);
module_exit(lkmc_ioctl_exit);
MODULE_DESCRIPTION("Requests of its own through ioctl");
MODULE_LICENSE("GPL");
