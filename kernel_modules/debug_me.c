// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Something to point a debugger at: functions with arguments and locals, a recursion, a list, a global that somebody else
 * overwrites, work in process context and in an interrupt.
 *
 * Writing to /sys/kernel/debug/lkmc_debug_me does it all once, so that a breakpoint that was set while the module was idle is
 * hit. Comments that begin with "gdb:" mark the lines that the scripts in tests/gdb stop at. Try:
 *
 *     lkmc profile debug x86_64-qemu --module-init debug_me
 *     lkmc profile debug x86_64-qemu --demos debug_me -ex 'break debug_me_add' -- sh -c 'insmod debug_me.ko;
 *         echo 1 > /sys/kernel/debug/lkmc_debug_me'
 *
 * Docs: docs/debugging.md
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * # With the kernel's own -O2 the recursion would be a loop, and half of the locals nowhere.
 * kbuild = ["CFLAGS_debug_me.o += -Og"]
 *
 * [[lkmc.run]]
 * name = "does everything once"
 * guest = """
 * insmod debug_me.ko
 * echo 4 > /sys/kernel/debug/lkmc_debug_me
 * until dmesg | grep -q 'debug_me: interrupt'; do usleep 1000; done
 * rmmod debug_me
 * """
 * dmesg = ["debug_me: init", "debug_me: sum 10", "debug_me: factorial 24", "debug_me: points 6", "debug_me: value 7",
 *     "debug_me: interrupt 1", "debug_me: exit"]
 *
 * [[lkmc.run]]
 * name = "as deep as it goes"
 * guest = """
 * insmod debug_me.ko
 * echo 12 > /sys/kernel/debug/lkmc_debug_me
 * echo 13 > /sys/kernel/debug/lkmc_debug_me
 * """
 * status = 1
 * stderr = "sh: write error: Invalid argument\n"
 * dmesg = ["debug_me: factorial 479001600"]
 * dmesg-not = ["debug_me: sum 91"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

struct debug_me_point {
	int x;
	int y;
	struct list_head node;
};

static struct dentry *file;
static struct timer_list timer;
static LIST_HEAD(points);
static struct debug_me_point point[] = { { .x = 1, .y = 10 }, { .x = 2, .y = 20 }, { .x = 3, .y = 30 } };

/* Not static: GDB may print, watch and set them by name. */
int debug_me_values[4];
int debug_me_interrupts;
int debug_me_total;

static noinline int debug_me_add(int a, int b)
{
	int result = a + b;

	barrier();
	return result; /* gdb: result */
}

static noinline void debug_me_bottom(void)
{
	barrier(); /* gdb: deepest */
}

static noinline int debug_me_factorial(long n) /* GCC for riscv64 tells debuggers of no int that it moves. */
{
	int smaller;

	if (n <= 1) {
		debug_me_bottom();
		return 1;
	}
	smaller = debug_me_factorial(n - 1);
	barrier();
	return n * smaller;
}

static noinline int debug_me_sum(long count)
{
	int sum = 0;
	int i;

	for (i = 1; i <= count; i++) {
		sum = debug_me_add(sum, i); /* gdb: loop */
		barrier();
	}
	WRITE_ONCE(debug_me_total, sum); /* gdb: summed */
	return sum;
}

static noinline int debug_me_points(void)
{
	struct debug_me_point *each;
	int sum = 0;

	list_for_each_entry(each, &points, node)
		sum += each->x; /* gdb: each */
	return sum;
}

/* The kind of function that a watchpoint finds: it gets an innocent pointer, and writes elsewhere. */
static noinline void debug_me_stray(int *innocent)
{
	barrier();
	innocent[2] = 7;
	barrier(); /* gdb: strayed */
}

/* Timers run in the softirq that follows the timer's interrupt. */
static void debug_me_timer(struct timer_list *unused)
{
	debug_me_interrupts++;
	pr_info("interrupt %d\n", debug_me_interrupts); /* gdb: interrupt */
}

static ssize_t debug_me_write(struct file *unused, const char __user *from, size_t length, loff_t *position)
{
	int count, sum;
	int error = kstrtoint_from_user(from, length, 0, &count);

	if (error)
		return error;
	/* A kernel stack is small, and 13! is too large for an int. */
	if (count < 0 || count > 12)
		return -EINVAL;
	sum = debug_me_sum(count); /* gdb: begin */
	pr_info("sum %d\n", sum); /* gdb: sum is known */
	pr_info("factorial %d\n", debug_me_factorial(count));
	pr_info("points %d\n", debug_me_points());
	debug_me_stray(debug_me_values);
	pr_info("value %d\n", debug_me_values[2]);
	mod_timer(&timer, jiffies + 1);
	return length; /* gdb: end */
}

static const struct file_operations operations = { .owner = THIS_MODULE, .write = debug_me_write };

static int __init debug_me_init(void)
{
	int i;

	pr_info("init\n"); /* gdb: first line */
	for (i = 0; i < ARRAY_SIZE(point); i++)
		list_add_tail(&point[i].node, &points);
	timer_setup(&timer, debug_me_timer, 0);
	file = debugfs_create_file("lkmc_debug_me", 0200, NULL, NULL, &operations);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit debug_me_exit(void)
{
	debugfs_remove(file);
	timer_delete_sync(&timer); /* gdb: exit */
	pr_info("exit\n");
}

module_init(debug_me_init);
module_exit(debug_me_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Something to point a debugger at");
