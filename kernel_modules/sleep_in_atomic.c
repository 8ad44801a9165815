// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep while holding a spinlock, and be caught even when it happens to work.
 *
 * Who holds a spinlock may not sleep: another task that wants the lock would spin until the sleeper
 * comes back, and if it does so on the same processor that is never. The same holds in interrupts,
 * with interrupts or preemption off. Most functions that may sleep do so only sometimes: kmalloc()
 * when memory is short, copy_to_user() when a page is missing. Tests hardly ever meet the bad case.
 *
 * Functions that may sleep therefore begin with might_sleep(). With CONFIG_DEBUG_ATOMIC_SLEEP it
 * complains whenever sleeping would be wrong, whether it would have come to that or not: here a
 * mutex that is free, and an allocation of a few bytes. Neither sleeps, and both are reported.
 *
 * What to notice:
 * - `in_atomic(): 1` and `1 lock held`, with the place where the lock was taken.
 * - kmalloc() takes a flag for this: GFP_ATOMIC does not sleep, and fails rather.
 * - The report begins with `BUG:`, so the verdict is `oops`, although the code goes on.
 *
 * Sources: kernel/sched/core.c, __might_resched(); kernel documentation, kernel-hacking/locking.
 *
 * [lkmc]
 * kconfig = ["DEBUG_ATOMIC_SLEEP=y", "PROVE_LOCKING=y"]
 *
 * [[lkmc.run]]
 * name = "mutex"
 * guest = "insmod sleep_in_atomic.ko mode=mutex"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: sleeping function called from invalid context at {any}kernel/locking/mutex.c:{dec}",
 *     "in_atomic(): 1, irqs_disabled(): {dec}, non_block: 0, pid: {dec}, name: insmod",
 *     "{dec} lock{any} held by insmod/{dec}:",
 *     "sleep_in_atomic: over",
 * ]
 * stack = ["sleep_in_atomic_mutex at kernel_modules/sleep_in_atomic.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "kmalloc"
 * guest = "insmod sleep_in_atomic.ko mode=kmalloc"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: sleeping function called from invalid context at {any}include/linux/sched/mm.h:{dec}",
 *     "sleep_in_atomic: over",
 * ]
 * stack = ["sleep_in_atomic_kmalloc at kernel_modules/sleep_in_atomic.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "atomic"
 * guest = "insmod sleep_in_atomic.ko mode=atomic"
 * dmesg = ["sleep_in_atomic: over"]
 * dmesg-not = ["BUG: {any}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *mode = "atomic";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "mutex, kmalloc or atomic");

static DEFINE_SPINLOCK(spinning);
static DEFINE_MUTEX(sleeping);

static noinline void sleep_in_atomic_mutex(void)
{
	spin_lock(&spinning);
	mutex_lock(&sleeping);
	mutex_unlock(&sleeping);
	spin_unlock(&spinning);
}

static noinline void sleep_in_atomic_kmalloc(gfp_t flags)
{
	spin_lock(&spinning);
	kfree(kmalloc(16, flags));
	spin_unlock(&spinning);
}

static int __init sleep_in_atomic_init(void)
{
	if (!strcmp(mode, "mutex"))
		sleep_in_atomic_mutex();
	else if (!strcmp(mode, "kmalloc"))
		sleep_in_atomic_kmalloc(GFP_KERNEL);
	else
		sleep_in_atomic_kmalloc(GFP_ATOMIC);
	pr_info("sleep_in_atomic: over\n");
	return 0;
}

static void __exit sleep_in_atomic_exit(void)
{
}

module_init(sleep_in_atomic_init);
module_exit(sleep_in_atomic_exit);
MODULE_DESCRIPTION("Sleeping where one must not");
MODULE_LICENSE("GPL");
