// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Turn text that a user wrote into a number, and refuse what is none.
 *
 * Much of the kernel's configuration is numbers written as text to some pseudo file. The family
 * kstrtoint(), kstrtou8(), kstrtobool()... converts such text. kstrtoint_from_user() also fetches
 * it from the program's memory, so that a write operation is hardly more than a call of it.
 *
 * What to notice:
 * - The whole text must be a number. One newline at its end is allowed, because `echo` writes one;
 *   anything else is -EINVAL. "12 monkeys" is not 12.
 * - A number that does not fit the type is -ERANGE instead of being cut off silently.
 * - The second argument is the base. 0 means: 0x... is hexadecimal, 0... octal, the rest decimal.
 * - The error number travels back through write(2) to the program, which prints what it stands
 *   for. The stored value stays as it was.
 *
 * Sources: include/linux/kstrtox.h, lib/kstrtox.c.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod kstrto.ko
 * file=/sys/kernel/debug/lkmc_kstrto
 * for text in 1234 -7 0x10 010 +5 2147483647; do
 *     echo "$text" > $file
 *     echo "$text is $(cat $file)"
 * done
 * for text in 'abc' '12 monkeys' '' 2147483648 ' 1'; do
 *     echo "$text" > $file || true
 * done
 * cat $file
 * rmmod kstrto
 * """
 * stdout = """
 * 1234 is 1234
 * -7 is -7
 * 0x10 is 16
 * 010 is 8
 * +5 is 5
 * 2147483647 is 2147483647
 * 2147483647
 * """
 * stderr = """
 * sh: write error: Invalid argument
 * sh: write error: Invalid argument
 * sh: write error: Invalid argument
 * sh: write error: Numerical result out of range
 * sh: write error: Invalid argument
 * """
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int kstrto_value;
static struct dentry *kstrto_file;

static int kstrto_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%d\n", kstrto_value);
	return 0;
}

static int kstrto_open(struct inode *inode, struct file *file)
{
	return single_open(file, kstrto_show, NULL);
}

static ssize_t kstrto_write(struct file *file, const char __user *text, size_t length, loff_t *at)
{
	int error = kstrtoint_from_user(text, length, 0, &kstrto_value);

	return error ? error : length;
}

static const struct file_operations kstrto_fops = {
	.owner = THIS_MODULE,
	.open = kstrto_open,
	.read = seq_read,
	.write = kstrto_write,
	.llseek = seq_lseek,
	.release = single_release,
};

static int __init kstrto_init(void)
{
	kstrto_file = debugfs_create_file("lkmc_kstrto", 0600, NULL, NULL, &kstrto_fops);
	return 0;
}

static void __exit kstrto_exit(void)
{
	debugfs_remove(kstrto_file);
}

module_init(kstrto_init);
module_exit(kstrto_exit);
MODULE_DESCRIPTION("A number that is written as text");
MODULE_LICENSE("GPL");
