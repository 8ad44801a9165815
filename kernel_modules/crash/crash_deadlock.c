// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take two locks in one order, then in the other: lockdep reports the deadlock that could happen, before it does.
 *
 * One thread that holds A and waits for B, and another that holds B and waits for A, wait for ever. That needs bad timing, so
 * tests rarely see it. Lockdep notes in which order locks were ever taken, and reports the first order that closes a circle, even
 * with a single thread as here. After its first report lockdep switches itself off.
 *
 * The decoded report shows where both locks were taken in the first order ("-> #1", "-> #0") and where the circle closed. Nothing
 * hangs here: lockdep_abba.c explains the same step by step; this is the short form, beside the other ways to fail.
 *
 * Sources: kernel documentation, locking/lockdep-design.
 *
 * [lkmc]
 * kconfig = ["PROVE_LOCKING=y"]
 * [[lkmc.run]]
 * guest = "insmod crash_deadlock.ko"
 * verdict = "oops"
 * dmesg = ["WARNING: possible circular locking dependency detected", "{any}*** DEADLOCK ***{any}"]
 * stack = [
 *   "crash_deadlock_b_then_a at kernel_modules/crash/crash_deadlock.c:{dec}",
 *   "crash_deadlock_init at kernel_modules/crash/crash_deadlock.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(crash_deadlock_a);
static DEFINE_MUTEX(crash_deadlock_b);

static noinline void crash_deadlock_a_then_b(void)
{
	mutex_lock(&crash_deadlock_a);
	mutex_lock(&crash_deadlock_b);
	mutex_unlock(&crash_deadlock_b);
	mutex_unlock(&crash_deadlock_a);
	barrier();
}

static noinline void crash_deadlock_b_then_a(void)
{
	mutex_lock(&crash_deadlock_b);
	mutex_lock(&crash_deadlock_a);
	mutex_unlock(&crash_deadlock_a);
	mutex_unlock(&crash_deadlock_b);
	barrier();
}

static int __init crash_deadlock_init(void)
{
	crash_deadlock_a_then_b();
	crash_deadlock_b_then_a();
	return 0;
}

static void __exit crash_deadlock_exit(void)
{
}

module_init(crash_deadlock_init);
module_exit(crash_deadlock_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Two locks in two orders, for lockdep");
