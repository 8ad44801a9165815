// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let an object live as long as somebody uses it, and no longer: kref.
 *
 * When one of several users of an object frees it, the others are left with a pointer into memory that belongs to somebody else.
 * So each user holds a reference, a number in the object counts them, and whoever gives back the last one frees it. kref is that
 * number (refcount_t) with a function for the end.
 *
 * What to notice:
 * - Who finds an object in a list has no reference yet, and the last one may be given back at that very moment. So the list needs a
 *   lock, and kref_get_unless_zero() takes a reference only if there still is one. An object whose release() waits for that lock in
 *   order to leave the list is in the list with a count of zero; it must not be revived.
 * - refcount_t is no atomic_t. It does not wrap around: from zero it cannot be incremented, and a count that would overflow stays
 *   at its largest value for ever. A mistake becomes a warning and a leak, where it was memory used after it was freed, which
 *   attackers know how to exploit. The second run makes the mistake.
 * - release() is given the kref, and finds the object around it by container_of().
 *
 * Sources: kernel documentation, core-api/kref, core-api/refcount-vs-atomic; include/linux/kref.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "kref"
 * guest = "insmod refcount.ko && rmmod refcount"
 * dmesg = [
 *     "refcount: made, users: 1",
 *     "refcount: found, users: 2",
 *     "refcount: the maker has left, users: 1",
 *     "refcount: on its way out, found: no",
 *     "refcount: freed",
 * ]
 * dmesg-not = ["refcount_t: {any}"]
 *
 * [[lkmc.run]]
 * name = "a mistake"
 * guest = "insmod refcount.ko mistake=1 && rmmod refcount"
 * dmesg = ["refcount: freed", "refcount_t: addition on 0; use-after-free.", "refcount: after the mistake: saturated"]
 * [/lkmc]
 */

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

static bool mistake;
module_param(mistake, bool, 0444);
MODULE_PARM_DESC(mistake, "take a reference when there is none any more");

struct object {
	struct kref users;
	struct list_head link;
};

static LIST_HEAD(objects);
/* For the list, and not for the objects in it. */
static DEFINE_MUTEX(lock);

static struct object *find(void)
{
	struct object *object;

	mutex_lock(&lock);
	object = list_first_entry_or_null(&objects, struct object, link);
	if (object && !kref_get_unless_zero(&object->users))
		object = NULL;
	mutex_unlock(&lock);
	return object;
}

static void lkmc_refcount_release(struct kref *users)
{
	struct object *object = container_of(users, struct object, users);
	struct object *found = find();

	pr_info("refcount: on its way out, found: %s\n", found ? "yes" : "no");
	mutex_lock(&lock);
	list_del(&object->link);
	mutex_unlock(&lock);
	pr_info("refcount: freed\n");
	kfree(object);
}

static int __init refcount_demo_init(void)
{
	struct object *made = kzalloc(sizeof *made, GFP_KERNEL);
	struct object *found;

	if (!made)
		return -ENOMEM;
	kref_init(&made->users);
	mutex_lock(&lock);
	list_add(&made->link, &objects);
	mutex_unlock(&lock);
	pr_info("refcount: made, users: %u\n", kref_read(&made->users));
	found = find();
	pr_info("refcount: found, users: %u\n", kref_read(&made->users));
	/* From here on `made` is no pointer of ours any more, although it is the same. */
	kref_put(&made->users, lkmc_refcount_release);
	pr_info("refcount: the maker has left, users: %u\n", kref_read(&found->users));
	kref_put(&found->users, lkmc_refcount_release);

	if (mistake) {
		/* In a count of its own: the object's memory is somebody else's by now. */
		refcount_t count = REFCOUNT_INIT(0);

		refcount_inc(&count);
		pr_info("refcount: after the mistake: %s\n",
			refcount_read(&count) == REFCOUNT_SATURATED ? "saturated" : "counted");
	}
	return 0;
}

static void __exit refcount_demo_exit(void)
{
}

module_init(refcount_demo_init);
module_exit(refcount_demo_exit);
MODULE_DESCRIPTION("Objects that count their users");
MODULE_LICENSE("GPL");
