// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Produce a file of any length piece by piece, with an iterator.
 *
 * Reading a list of a thousand things through read(2) is awkward: the program may ask for 3 bytes
 * or for 100000, and comes back for the rest later. seq_file takes that off the driver. The driver
 * only says where a position is (start), what comes next (next), how one element is printed
 * (show), and what to give back at the end (stop). seq_file calls them, keeps the text, and hands
 * out the bytes that read(2) wants.
 *
 * What to notice:
 * - The position is just a number that seq_file keeps for us; here it is the element itself. For a
 *   linked list, start would walk to that element, and usually take the list's lock; stop
 *   releases.
 * - start and next return NULL at the end. Whatever else they return is passed to show.
 * - next must always advance the position, even at the end: the next read(2) starts there. Without
 *   that the last element would come twice. seq_file watches over it, advances the position itself
 *   and logs `buggy .next function` (run "forgetful").
 * - `cat` reads until it gets 0 bytes, hence a second start, at the end, which finds nothing.
 * - One page is filled per call of read(2) at most. With many elements the iteration is stopped
 *   and started again in between: nothing may be kept in local variables from one to the other,
 *   and a list can have changed meanwhile.
 *
 * Sources: kernel documentation, filesystems/seq_file; include/linux/seq_file.h.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod seq_file.ko trace=1
 * cat /sys/kernel/debug/lkmc_seq_file
 * rmmod seq_file
 * """
 * stdout = "0\n1\n2\n"
 * dmesg = [
 *     "seq_file: start 0",
 *     "seq_file: show 0",
 *     "seq_file: next 1",
 *     "seq_file: show 1",
 *     "seq_file: next 2",
 *     "seq_file: show 2",
 *     "seq_file: next 3, the end",
 *     "seq_file: stop",
 *     "seq_file: start 3, the end",
 *     "seq_file: stop",
 * ]
 *
 * [[lkmc.run]]
 * name = "longer than any buffer, read in odd pieces"
 * guest = """
 * insmod seq_file.ko max=10000
 * seq 0 9999 > /tmp/wanted
 * cmp /tmp/wanted /sys/kernel/debug/lkmc_seq_file
 * dd if=/sys/kernel/debug/lkmc_seq_file bs=1001 2>/dev/null | cmp /tmp/wanted -
 * dd if=/sys/kernel/debug/lkmc_seq_file bs=5 skip=8000 count=2 2>/dev/null
 * rmmod seq_file
 * """
 * stdout = "8222\n8223\n"
 *
 * [[lkmc.run]]
 * name = "forgetful"
 * guest = """
 * insmod seq_file.ko forgetful=1
 * cat /sys/kernel/debug/lkmc_seq_file
 * """
 * stdout = "0\n1\n2\n"
 * dmesg = ["seq_file: buggy .next function numbers_next [seq_file] did not update position index"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int max = 3;
module_param(max, int, 0444);
MODULE_PARM_DESC(max, "how many numbers there are");

static bool trace;
module_param(trace, bool, 0444);
MODULE_PARM_DESC(trace, "log every call");

static bool forgetful;
module_param(forgetful, bool, 0444);
MODULE_PARM_DESC(forgetful, "the mistake of not advancing the position at the end");

static struct dentry *numbers_file;

/* The element at a position, for seq_file: our element is the position. */
static void *element(const char *caller, loff_t *position)
{
	bool end = *position >= max;

	if (trace)
		pr_info("%s %lld%s\n", caller, *position, end ? ", the end" : "");
	return end ? NULL : position;
}

static void *numbers_start(struct seq_file *file, loff_t *position)
{
	return element("start", position);
}

static void *numbers_next(struct seq_file *file, void *current_element, loff_t *position)
{
	if (forgetful && *position + 1 >= max)
		return NULL;
	++*position;
	return element("next", position);
}

static int numbers_show(struct seq_file *file, void *current_element)
{
	const loff_t *number = current_element;

	if (trace)
		pr_info("show %lld\n", *number);
	seq_printf(file, "%lld\n", *number);
	return 0;
}

static void numbers_stop(struct seq_file *file, void *current_element)
{
	if (trace)
		pr_info("stop\n");
}

static const struct seq_operations numbers_sops = {
	.start = numbers_start,
	.next = numbers_next,
	.show = numbers_show,
	.stop = numbers_stop,
};
/* Makes numbers_fops: open, read, llseek and release from seq_file, for these operations. */
DEFINE_SEQ_ATTRIBUTE(numbers);

static int __init lkmc_seq_file_init(void)
{
	numbers_file = debugfs_create_file("lkmc_seq_file", 0400, NULL, NULL, &numbers_fops);
	return 0;
}

static void __exit lkmc_seq_file_exit(void)
{
	debugfs_remove(numbers_file);
}

module_init(lkmc_seq_file_init);
module_exit(lkmc_seq_file_exit);
MODULE_DESCRIPTION("A sequence of numbers as a file");
MODULE_LICENSE("GPL");
