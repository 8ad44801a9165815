// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Define a trace event of your own, and watch, filter and count with it like with the kernel's.
 *
 * printk() is slow, always on, and plain text. A trace event is a line of code that costs next to
 * nothing while nobody listens (a jump that is patched in and out), and while somebody does leaves
 * a small binary record in a ring buffer. /sys/kernel/tracing then does the rest: switch on and
 * off, filter by the record's fields, make histograms, stop at an event, print. perf and bpftrace
 * know the event too.
 *
 * Here each number that is written to /sys/kernel/debug/lkmc_tracepoint becomes an event.
 *
 * What to notice:
 * - The event is described once, in tracepoint_trace.h; one C file sets CREATE_TRACE_POINTS before
 *   including it, and gets the code. The compiler must find that header by a path, hence the -I.
 * - Writing 1 before the event is switched on leaves no trace at all.
 * - The filter `number > 2` is evaluated in the kernel, on the record's own field.
 * - TRACE_SYSTEM is the directory below events/; `format` there describes the record to tools.
 *
 * Sources: kernel documentation, trace/tracepoints and trace/events.
 *
 * [lkmc]
 * kconfig = ["FTRACE=y", "TRACEPOINTS=y", "EVENT_TRACING=y", "DEBUG_FS=y"]
 * kbuild = ["CFLAGS_tracepoint.o += -I$(src)"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod tracepoint.ko
 * file=/sys/kernel/debug/lkmc_tracepoint
 * cd /sys/kernel/tracing
 * echo 1 > $file
 * echo 1 > events/lkmc/lkmc_number/enable
 * echo 2 > $file
 * echo 'number > 2' > events/lkmc/lkmc_number/filter
 * echo 1 > $file
 * echo 3 > $file
 * echo 0 > events/lkmc/lkmc_number/enable
 * grep -o 'lkmc_number: .*' trace
 * grep -o 'field:int square;' events/lkmc/lkmc_number/format
 * cd /lkmc
 * rmmod tracepoint
 * """
 * stdout = """
 * lkmc_number: number=2 square=4 comment=even
 * lkmc_number: number=3 square=9 comment=odd
 * field:int square;
 * """
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>

#define CREATE_TRACE_POINTS
#include "tracepoint_trace.h"

static struct dentry *file;

static ssize_t tracepoint_write(struct file *written, const char __user *buffer, size_t size,
				loff_t *offset)
{
	int number;
	int error = kstrtoint_from_user(buffer, size, 0, &number);

	if (error)
		return error;
	trace_lkmc_number(number, number % 2 ? "odd" : "even");
	return size;
}

static const struct file_operations tracepoint_fops = {
	.owner = THIS_MODULE,
	.write = tracepoint_write,
};

static int __init tracepoint_demo_init(void)
{
	file = debugfs_create_file("lkmc_tracepoint", 0200, NULL, NULL, &tracepoint_fops);
	return 0;
}

static void __exit tracepoint_demo_exit(void)
{
	debugfs_remove(file);
}

module_init(tracepoint_demo_init);
module_exit(tracepoint_demo_exit);
MODULE_DESCRIPTION("A trace event of one's own");
MODULE_LICENSE("GPL");
