// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replace a structure while somebody reads it, without a lock, and free the old one in time: RCU.
 *
 * Much of what the kernel reads all the time changes hardly ever: routes, mounts, modules. Readers
 * of such data should cost nothing and never wait. With RCU (read, copy, update) they take no lock.
 * Who wants to change something makes a changed copy and swings the pointer over in one step: a
 * reader sees the old structure or the new one, never a mixture. The old one must live on until the
 * last reader that may still see it has finished. That is what RCU is about: it knows when.
 *
 * Here a reader holds the old structure in its hands while the pointer is swung. Its memory is
 * given back by call_rcu(), whose callback comes only after the reader is through.
 *
 * What to notice:
 * - Inside rcu_read_lock() and rcu_read_unlock() the reader may not sleep (on this kernel the two
 *   cost nothing at all: a processor that gives way to another task cannot be inside).
 * - rcu_dereference() and rcu_assign_pointer() make sure that who sees the pointer also sees what
 *   it points to; `__rcu` lets the checker `sparse` find places that forgot.
 * - The updaters need a lock among themselves.
 * - Three ways to wait: synchronize_rcu() sleeps until all earlier readers are gone, call_rcu() has
 *   a function called then, kfree_rcu() just frees then. rcu_barrier() waits for pending
 *   call_rcu()s, and a module must do that before its callbacks' code goes.
 *
 * Sources: kernel documentation, RCU/whatisRCU.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod rcu.ko
 * rmmod rcu
 * """
 * dmesg = [
 *     "rcu: reader: version 1",
 *     "rcu: updater: published version 2, version 1 may go",
 *     "rcu: reader: still reading version 1",
 *     "rcu: reader: a new reader gets version 2",
 *     "rcu: reader: done",
 *     "rcu: callback: version 1 freed",
 * ]
 * [/lkmc]
 */

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct settings {
	int version;
	struct rcu_head rcu;
};

static struct settings __rcu *settings;
/* Among updaters; readers do not know about it. */
static DEFINE_SPINLOCK(update_lock);

static void rcu_demo_free(struct rcu_head *head)
{
	struct settings *old = container_of(head, struct settings, rcu);

	pr_info("rcu: callback: version %d freed\n", old->version);
	kfree(old);
}

static void rcu_demo_publish(struct settings *new)
{
	struct settings *old;

	spin_lock(&update_lock);
	old = rcu_replace_pointer(settings, new, lockdep_is_held(&update_lock));
	spin_unlock(&update_lock);
	if (old) {
		pr_info("rcu: updater: published version %d, version %d may go\n", new->version,
			old->version);
		call_rcu(&old->rcu, rcu_demo_free);
	}
}

static struct settings *rcu_demo_new(int version)
{
	struct settings *new = kmalloc(sizeof(*new), GFP_KERNEL);

	if (new)
		new->version = version;
	return new;
}

static int rcu_demo_read_version(void)
{
	int version;

	rcu_read_lock();
	version = rcu_dereference(settings)->version;
	rcu_read_unlock();
	return version;
}

static int __init rcu_demo_init(void)
{
	struct settings *first = rcu_demo_new(1), *second = rcu_demo_new(2);
	const struct settings *seen;

	if (!first || !second) {
		kfree(first);
		kfree(second);
		return -ENOMEM;
	}
	rcu_demo_publish(first);

	/* Reader and updater in one thread, so that their steps have an order. */
	rcu_read_lock();
	seen = rcu_dereference(settings);
	pr_info("rcu: reader: version %d\n", seen->version);
	rcu_demo_publish(second);
	/* Time enough for the callback, if it came too early. */
	mdelay(50);
	pr_info("rcu: reader: still reading version %d\n", seen->version);
	pr_info("rcu: reader: a new reader gets version %d\n", rcu_demo_read_version());
	rcu_read_unlock();
	pr_info("rcu: reader: done\n");
	return 0;
}

static void __exit rcu_demo_exit(void)
{
	rcu_barrier();
	/* Nobody can read any more. */
	kfree(rcu_dereference_protected(settings, true));
}

module_init(rcu_demo_init);
module_exit(rcu_demo_exit);
MODULE_DESCRIPTION("Replacing what is being read");
MODULE_LICENSE("GPL");
