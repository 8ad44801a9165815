// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take two locks in one order, later in the other, and be told of the deadlock that has not
 * happened.
 *
 * If one thread holds A and wants B while another holds B and wants A, both wait for ever. It takes
 * bad luck, so tests do not find it. lockdep (CONFIG_PROVE_LOCKING) needs no bad luck: it notes the
 * order in which locks are ever taken, "B while holding A" and so on, and reports as soon as these
 * orders form a circle. Here a single thread takes A then B, lets go of both, and takes B then A.
 * Nothing can hang in that, and still the report comes, at the very first time.
 *
 * What to notice:
 * - The report names both chains: what is held, what is wanted, and where the opposite order was
 *   seen; then `Possible unsafe locking scenario` as a table of two processors.
 * - lockdep thinks in classes, not in locks: all locks that are initialised by the same line of
 *   code are one. So it also finds orders that are wrong only between two objects of a kind;
 *   nesting that is meant is declared with mutex_lock_nested().
 * - It also knows which locks are taken in interrupts, and about rwsems, wait contexts and more.
 * - After its first report lockdep switches itself off: the rest of its notes may be wrong by then.
 * - For the kernel it is a warning and it goes on; lkmc's verdict is `oops` all the same, as for
 *   every report of a checker.
 *
 * Sources: kernel documentation, locking/lockdep-design.
 *
 * [lkmc]
 * kconfig = ["PROVE_LOCKING=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod lockdep_abba.ko
 * rmmod lockdep_abba
 * """
 * verdict = "oops"
 * dmesg = [
 *     "lockdep_abba: A then B",
 *     "lockdep_abba: B then A",
 *     "WARNING: possible circular locking dependency detected",
 *     "insmod/{dec} is trying to acquire lock:",
 *     "{hex} (lock_a){any}",
 *     "but task is already holding lock:",
 *     "{hex} (lock_b){any}",
 *     "which lock already depends on the new lock.",
 *     "Possible unsafe locking scenario:",
 *     "*** DEADLOCK ***",
 *     "lockdep_abba: over, and nothing hung",
 * ]
 * stack = ["lockdep_abba_backward at kernel_modules/lockdep_abba.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/mutex.h>

static DEFINE_MUTEX(lock_a);
static DEFINE_MUTEX(lock_b);

static noinline void lockdep_abba_forward(void)
{
	mutex_lock(&lock_a);
	mutex_lock(&lock_b);
	mutex_unlock(&lock_b);
	mutex_unlock(&lock_a);
}

static noinline void lockdep_abba_backward(void)
{
	mutex_lock(&lock_b);
	mutex_lock(&lock_a);
	mutex_unlock(&lock_a);
	mutex_unlock(&lock_b);
}

static int __init lockdep_abba_init(void)
{
	pr_info("lockdep_abba: A then B\n");
	lockdep_abba_forward();
	pr_info("lockdep_abba: B then A\n");
	lockdep_abba_backward();
	pr_info("lockdep_abba: over, and nothing hung\n");
	return 0;
}

static void __exit lockdep_abba_exit(void)
{
}

module_init(lockdep_abba_init);
module_exit(lockdep_abba_exit);
MODULE_DESCRIPTION("Two locks in two orders");
MODULE_LICENSE("GPL");
