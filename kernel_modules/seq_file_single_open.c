// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Produce a short file with one function that prints all of it.
 *
 * Most pseudo files fit into a page or two. For them seq_file (seq_file.c) has a short form
 * without an iterator: single_open() is given a function that prints the whole file with
 * seq_puts(), seq_printf() and so on. seq_file collects the text, and serves reads of any size at
 * any offset from it.
 *
 * What to notice:
 * - DEFINE_SHOW_ATTRIBUTE(letters) writes the usual open function and the file_operations; it
 *   expects letters_show() and defines letters_fops.
 * - If the text does not fit the buffer, the buffer is doubled and the function called again from
 *   the start. So it should only print, and have no effects.
 * - The text is made when the file is read from its beginning, once per open file: `dd` with a
 *   block size of 1 gets bytes of one and the same text.
 *
 * Sources: kernel documentation, filesystems/seq_file ("The extra-simple version").
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod seq_file_single_open.ko
 * cat /sys/kernel/debug/lkmc_seq_file_single_open
 * dd if=/sys/kernel/debug/lkmc_seq_file_single_open bs=1 skip=1 count=3 2>/dev/null
 * rmmod seq_file_single_open
 * """
 * stdout = "ab\ncd\nb\nc"
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static struct dentry *letters_file;

static int letters_show(struct seq_file *file, void *unused)
{
	seq_puts(file, "ab\n");
	seq_puts(file, "cd\n");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(letters);

static int __init seq_file_single_open_init(void)
{
	letters_file = debugfs_create_file("lkmc_seq_file_single_open", 0400, NULL, NULL,
					   &letters_fops);
	return 0;
}

static void __exit seq_file_single_open_exit(void)
{
	debugfs_remove(letters_file);
}

module_init(seq_file_single_open_init);
module_exit(seq_file_single_open_exit);
MODULE_DESCRIPTION("A short file printed by one function");
MODULE_LICENSE("GPL");
