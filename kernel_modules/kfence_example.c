// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use memory after it was given back, on a kernel at its full speed, and be caught now and then: KFENCE.
 *
 * KASAN (kasan.c) checks every access, and nobody runs it on the machines where things really go wrong.
 * KFENCE costs next to nothing: every 100 ms one allocation comes from a pool of its own, where each
 * object has a page to itself between two that cannot be accessed. When it is freed, its own page cannot be either,
 * so what touches it faults, and the report has the stacks of the access, the allocation and the freeing.
 * All other allocations are as they always are, and their misuse goes unseen. It is found
 * because many machines run for a long time.
 *
 * This module does not wait for luck: it allocates until it gets an object of KFENCE's, and reads from that
 * one after it has freed it.
 *
 * What to notice:
 * - The first one comes within a few tenths of a second; the message says after how many allocations.
 * - Nothing in the module was compiled differently.
 * - The module cannot be called `kfence`: the kernel's own parameters are in /sys/module/kfence.
 * - /sys/kernel/debug/kfence/stats counts allocations and bugs; `kfence.sample_interval=` on the
 *   kernel's command line says how many milliseconds are between two samples.
 *
 * Sources: kernel documentation, dev-tools/kfence.
 *
 * [lkmc]
 * kconfig = ["KFENCE=y"]
 *
 * [[lkmc.run]]
 * guest = "insmod kfence_example.ko"
 * verdict = "oops"
 * dmesg = [
 *     "kfence_example: allocation {dec} is KFENCE's",
 *     "BUG: KFENCE: use-after-free read in lkmc_kfence_read+0x{any}",
 *     "Use-after-free read at {any} (in kfence-#{dec}):",
 *     "allocated by task {dec} on cpu {any}:", "freed by task {dec} on cpu {any}:",
 *     "kfence_example: read {any}",
 * ]
 * stack = ["lkmc_kfence_read at kernel_modules/kfence_example.c:{dec}"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/kfence.h>
#include <linux/module.h>
#include <linux/slab.h>

#define SIZE 64

/* A hundred times as long as KFENCE should take. */
#define PATIENCE (10 * HZ)

static noinline void lkmc_kfence_read(const int *object)
{
	pr_info("read %d\n", READ_ONCE(*object));
}

static int *lkmc_kfence_allocate(void)
{
	unsigned long end = jiffies + PATIENCE;
	unsigned long count;

	for (count = 1; time_before(jiffies, end); count++) {
		int *object = kmalloc(SIZE, GFP_KERNEL);

		if (!object)
			return NULL;
		if (is_kfence_address(object)) {
			pr_info("allocation %lu is KFENCE's\n", count);
			return object;
		}
		kfree(object);
		/* KFENCE opens its pool from a work item, which wants this processor. */
		usleep_range(100, 1000);
	}
	return NULL;
}

static int __init lkmc_kfence_init(void)
{
	int *object = lkmc_kfence_allocate();

	if (!object)
		return -ENOMEM;
	kfree(object);
	lkmc_kfence_read(object);
	return 0;
}

static void __exit lkmc_kfence_exit(void)
{
}

module_init(lkmc_kfence_init);
module_exit(lkmc_kfence_exit);
MODULE_DESCRIPTION("Use after free, caught by sampling");
MODULE_LICENSE("GPL");
