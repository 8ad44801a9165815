// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Create a directory and two files in /proc that share their code but not their data.
 *
 * /proc began as a view of processes and became the place for all that the kernel has to tell.
 * Today new files of drivers belong into /sys (sysfs.c) or debugfs (debugfs.c), but the code is
 * worth knowing: thousands of lines of /proc are made like this.
 *
 * What to notice:
 * - /proc has its own structure of operations, struct proc_ops, instead of file_operations. It has
 *   less in it. There is no owner: an open file does not keep the module from going, as it does in
 *   scull.c. proc_remove() waits for operations that are running at the moment, then calls the
 *   release of each file that is still open. Its holder gets EIO from then on.
 * - proc_create_data() gives each file a pointer, and pde_data() returns it: so one set of
 *   functions serves both files.
 * - The size that `ls` shows is 0, although there is something to read: the text only comes into
 *   being when it is read. That is so for nearly all of /proc.
 * - proc_remove() removes the directory with everything below it.
 *
 * Sources: include/linux/proc_fs.h; kernel documentation, filesystems/proc.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod procfs.ko
 * cd /proc/lkmc_procfs
 * cat apples pears
 * echo 7 > apples
 * echo pears > pears || true
 * cat apples pears
 * stat -c '%n %A %s' apples pears
 * cd /
 * rmmod procfs
 * [ ! -e /proc/lkmc_procfs ]
 * """
 * stdout = """
 * apples = 3
 * pears = 5
 * apples = 7
 * pears = 5
 * apples -rw-r--r-- 0
 * pears -rw-r--r-- 0
 * """
 * stderr = "sh: write error: Invalid argument\n"
 *
 * [[lkmc.run]]
 * name = "removed while open"
 * guest = """
 * insmod procfs.ko
 * exec 3< /proc/lkmc_procfs/apples
 * rmmod procfs
 * [ ! -e /sys/module/procfs ]
 * cat <&3
 * """
 * status = 1
 * stderr = "cat: read error: Input/output error\n"
 * [/lkmc]
 */

#include <linux/kstrtox.h>
#include <linux/module.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

struct fruit {
	const char *name;
	unsigned int count;
};

static struct fruit fruits[] = {
	{ .name = "apples", .count = 3 },
	{ .name = "pears", .count = 5 },
};

static struct proc_dir_entry *directory;

static int procfs_show(struct seq_file *file, void *unused)
{
	const struct fruit *fruit = file->private;

	seq_printf(file, "%s = %u\n", fruit->name, fruit->count);
	return 0;
}

static int procfs_open(struct inode *inode, struct file *file)
{
	return single_open(file, procfs_show, pde_data(inode));
}

static ssize_t procfs_write(struct file *file, const char __user *text, size_t length, loff_t *at)
{
	struct fruit *fruit = pde_data(file_inode(file));
	int error = kstrtouint_from_user(text, length, 0, &fruit->count);

	return error ? error : length;
}

static const struct proc_ops procfs_ops = {
	.proc_open = procfs_open,
	.proc_read = seq_read,
	.proc_write = procfs_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

static int __init lkmc_procfs_init(void)
{
	int i;

	directory = proc_mkdir("lkmc_procfs", NULL);
	if (!directory)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(fruits); i++) {
		if (!proc_create_data(fruits[i].name, 0644, directory, &procfs_ops, &fruits[i])) {
			proc_remove(directory);
			return -ENOMEM;
		}
	}
	return 0;
}

static void __exit lkmc_procfs_exit(void)
{
	proc_remove(directory);
}

module_init(lkmc_procfs_init);
module_exit(lkmc_procfs_exit);
MODULE_DESCRIPTION("Two files in /proc");
MODULE_LICENSE("GPL");
