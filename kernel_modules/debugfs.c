// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show variables of the kernel as files, one line of code per file.
 *
 * debugfs is a file system without a disk and without rules: whatever helps a developer to look
 * into a driver may be put there, and may vanish again in the next version, which is not so for
 * /proc and /sys. Here a directory lkmc_debugfs gets five files. What happens when they are read
 * or written is ready-made; no function of this module runs, except for `square`.
 *
 * What to notice:
 * - The same u32 can be shown in decimal (answer) and in hexadecimal (answer_hex).
 * - DEFINE_DEBUGFS_ATTRIBUTE() is for a value that has to be computed, here the square.
 * - Nobody checks whether debugfs_create_...() worked, on purpose: a driver must also work in a
 *   kernel without debugfs. The functions take an error in place of a directory and do nothing.
 * - debugfs_remove() removes the directory with all that is in it. It waits until nobody is inside
 *   an operation of one of the files, after that the code may go.
 * - debugfs is mounted at /sys/kernel/debug by custom only. Mounted at a second place it shows the
 *   same files. Its directory is for root alone.
 * - debugfs puts its own file operations in front of a module's, to be able to wait for them, and
 *   these know no mmap. A file that is to be mapped must live elsewhere (mmap.c).
 *
 * Sources: kernel documentation, filesystems/debugfs; include/linux/debugfs.h.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod debugfs.ko
 * cd /sys/kernel/debug/lkmc_debugfs
 * ls
 * cat answer answer_hex enabled greeting square
 * echo 12 > answer
 * echo n > enabled
 * cat answer answer_hex enabled square
 * cd /
 * rmmod debugfs
 * """
 * stdout = """
 * answer
 * answer_hex
 * enabled
 * greeting
 * square
 * 42
 * 0x0000002a
 * Y
 * hello from the kernel
 * 1764
 * 12
 * 0x0000000c
 * N
 * 144
 * """
 *
 * [[lkmc.run]]
 * name = "mounted elsewhere"
 * guest = """
 * mkdir /tmp/elsewhere
 * mount -t debugfs none /tmp/elsewhere
 * insmod debugfs.ko
 * cat /tmp/elsewhere/lkmc_debugfs/greeting
 * rmmod debugfs
 * ls -d /tmp/elsewhere/lkmc_debugfs
 * """
 * status = 1
 * stdout = "hello from the kernel\n"
 * stderr = "ls: /tmp/elsewhere/lkmc_debugfs: No such file or directory\n"
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/module.h>

static u32 answer = 42;
static bool enabled = true;
static char text[] = "hello from the kernel\n";
static struct debugfs_blob_wrapper greeting = {
	.data = text,
	.size = sizeof(text) - 1,
};
static struct dentry *directory;

static int square_get(void *data, u64 *value)
{
	const u32 *root = data;

	*value = (u64)*root * *root;
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(square_fops, square_get, NULL, "%llu\n");

static int __init lkmc_debugfs_init(void)
{
	directory = debugfs_create_dir("lkmc_debugfs", NULL);
	debugfs_create_u32("answer", 0600, directory, &answer);
	debugfs_create_x32("answer_hex", 0600, directory, &answer);
	debugfs_create_bool("enabled", 0600, directory, &enabled);
	debugfs_create_blob("greeting", 0400, directory, &greeting);
	debugfs_create_file_unsafe("square", 0400, directory, &answer, &square_fops);
	return 0;
}

static void __exit lkmc_debugfs_exit(void)
{
	debugfs_remove(directory);
}

module_init(lkmc_debugfs_init);
module_exit(lkmc_debugfs_exit);
MODULE_DESCRIPTION("Variables of the kernel as files");
MODULE_LICENSE("GPL");
