// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have each allocation of a function fail in turn, and see whether it gives back what it had: fault injection.
 *
 * The lines that give back what was taken, after something failed half-way, are the least executed
 * ones of a driver: memory is always there. With CONFIG_FAULT_INJECTION it can be made to be missing.
 * The number that a thread writes into /proc/thread-self/fail-nth says which of the places that
 * could fail, counted from there on in this thread, does: 1 is the first one. So one asks for the
 * first to fail, then for the second, and so on, until nothing fails any more, and has seen
 * every way out.
 *
 * A write to /sys/kernel/debug/lkmc_fail_nth has the module allocate three things, a read says how
 * many it holds, and another write gives them back first. With `careless=1` one of the ways out forgets
 * something.
 *
 * What to notice:
 * - Allocations that may wait are left alone at first: `ignore-gfp-wait`.
 * - Each failure is logged with its stack. It is no error of the kernel's: the verdict is `pass`.
 *   What is wrong is to be found by whoever asked for it: here by counting, elsewhere by kmemleak
 *   (memory_leak.c) or KASAN (kasan.c).
 * - What syzkaller does to a kernel's ways out, it does with this file.
 *
 * Sources: kernel documentation, fault-injection/fault-injection.rst.
 *
 * [lkmc]
 * kconfig = ["FAILSLAB=y", "FAULT_INJECTION_DEBUG_FS=y"]
 * companion = ["../userland/kernel_modules/fail_nth.c"]
 *
 * [[lkmc.run]]
 * name = "careful"
 * guest = """
 * insmod fail_nth.ko
 * echo N > /sys/kernel/debug/failslab/ignore-gfp-wait
 * ./fail_nth /sys/kernel/debug/lkmc_fail_nth
 * """
 * stdout = """
 * 1 fails: Cannot allocate memory; held: 0
 * 2 fails: Cannot allocate memory; held: 0
 * 3 fails: Cannot allocate memory; held: 0
 * nothing fails; held: 3
 * """
 * dmesg = ["FAULT_INJECTION: forcing a failure.", "name failslab, interval 1, probability 0, space 0, times {any}"]
 *
 * [[lkmc.run]]
 * name = "careless"
 * guest = """
 * insmod fail_nth.ko careless=1
 * echo N > /sys/kernel/debug/failslab/ignore-gfp-wait
 * ./fail_nth /sys/kernel/debug/lkmc_fail_nth
 * """
 * stdout = """
 * 1 fails: Cannot allocate memory; held: 0
 * 2 fails: Cannot allocate memory; held: 0
 * 3 fails: Cannot allocate memory; held: 1
 * nothing fails; held: 4
 * """
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#define SIZE 100

static bool careless;
module_param(careless, bool, 0444);
MODULE_PARM_DESC(careless, "forget the second thing if there is no third one");

static void *things[3];
/* How many were allocated and not given back. */
static u32 held;
static DEFINE_MUTEX(lock);
static struct dentry *file;

static void *take(void)
{
	void *thing = kmalloc(SIZE, GFP_KERNEL);

	held += !!thing;
	return thing;
}

static void give(void *thing)
{
	held -= !!thing;
	kfree(thing);
}

static void give_back_all(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(things); i++) {
		give(things[i]);
		things[i] = NULL;
	}
}

static int set_up(void)
{
	void *first, *second, *third;

	first = take();
	if (!first)
		return -ENOMEM;
	second = take();
	if (!second)
		goto no_second;
	third = take();
	if (!third)
		goto no_third;
	things[0] = first;
	things[1] = second;
	things[2] = third;
	return 0;

no_third:
	if (!careless)
		give(second);
no_second:
	give(first);
	return -ENOMEM;
}

static ssize_t fail_nth_write(struct file *filp, const char __user *data, size_t size, loff_t *position)
{
	int error;

	mutex_lock(&lock);
	give_back_all();
	error = set_up();
	mutex_unlock(&lock);
	return error ?: size;
}

static ssize_t fail_nth_read(struct file *filp, char __user *data, size_t size, loff_t *position)
{
	char text[16];
	int length = scnprintf(text, sizeof(text), "%u\n", held);

	return simple_read_from_buffer(data, size, position, text, length);
}

static const struct file_operations operations = {
	.owner = THIS_MODULE,
	.read = fail_nth_read,
	.write = fail_nth_write,
};

static int __init fail_nth_init(void)
{
	file = debugfs_create_file("lkmc_fail_nth", 0600, NULL, NULL, &operations);
	return PTR_ERR_OR_ZERO(file);
}

static void __exit fail_nth_exit(void)
{
	debugfs_remove(file);
	give_back_all();
}

module_init(fail_nth_init);
module_exit(fail_nth_exit);
MODULE_DESCRIPTION("Ways out of a function whose allocations fail");
MODULE_LICENSE("GPL");
