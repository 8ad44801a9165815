// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Free the same memory twice: KASAN reports the second kfree with the stacks of the allocation and of the first.
 *
 * Without KASAN the second kfree puts the object on the allocator's list twice. Two later callers of kmalloc get the same memory,
 * and something unrelated fails much later. KASAN keeps, for every object, the stack that allocated it and the one that freed it.
 *
 * The decoded report has three stacks: the access, "Allocated by task" and "Freed by task".
 *
 * Sources: kernel documentation, dev-tools/kasan.
 *
 * [lkmc]
 * kconfig = ["KASAN=y"]
 * [[lkmc.run]]
 * guest = "insmod crash_double_free.ko"
 * verdict = "oops"
 * dmesg = [
 *   "crash_double_free: freed",
 *   "BUG: KASAN: double-free in crash_double_free_second+{any}",
 *   "Allocated by task {dec}:",
 *   "Freed by task {dec}:",
 *   "crash_double_free: freed again",
 * ]
 * stack = [
 *   "crash_double_free_second at kernel_modules/crash/crash_double_free.c:{dec}",
 *   "crash_double_free_init at kernel_modules/crash/crash_double_free.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/printk.h>
#include <linux/slab.h>

static noinline void *crash_double_free_allocate(void)
{
	return kmalloc(64, GFP_KERNEL);
}

/* The messages come last: a call that is the last thing in a function is a jump, and not on the stack. */
static noinline void crash_double_free_first(void *memory)
{
	kfree(memory);
	pr_info("crash_double_free: freed\n");
}

static noinline void crash_double_free_second(void *memory)
{
	kfree(memory);
	pr_info("crash_double_free: freed again\n");
}

static int __init crash_double_free_init(void)
{
	void *memory = crash_double_free_allocate();

	if (!memory)
		return -ENOMEM;
	/* The compiler knows kfree and warns of the second one. */
	OPTIMIZER_HIDE_VAR(memory);
	crash_double_free_first(memory);
	crash_double_free_second(memory);
	return 0;
}

static void __exit crash_double_free_exit(void)
{
}

module_init(crash_double_free_init);
module_exit(crash_double_free_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Double free, for KASAN");
