// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep objects of one kind in a cache of their own, and see what that saves.
 *
 * kmalloc() rounds up to one of a few sizes. A kmem_cache has pages that are divided into objects of exactly one size, with a list
 * of those that are free: to allocate is to take the first. The kernel has some hundred of them, for inodes, tasks, sockets; each
 * is a line in /proc/slabinfo, so that one sees what the memory went to.
 *
 * What to notice:
 * - The constructor is called for all objects of a page when the page is taken, and not at each allocation. A freed object is to be
 *   left as the constructor made it, so that the next user finds it so: what is expensive to prepare is prepared once.
 * - Without a constructor the kernel may merge caches of similar objects, and the cache is not in the list by its name.
 * - A cache that is destroyed while objects of it are in use is a leak: the kernel says so, with a warning. The second run does it.
 *
 * Sources: kernel documentation, core-api/memory-allocation; include/linux/slab.h.
 *
 * [lkmc]
 * kconfig = ["SLUB_DEBUG=y"]
 *
 * [[lkmc.run]]
 * name = "cache"
 * guest = """
 * insmod kmem_cache.ko
 * awk '/^lkmc_cache / { print $1, ($2 >= 100 ? "has 100 objects or more" : $2) }' /proc/slabinfo
 * rmmod kmem_cache
 * grep -c lkmc_cache /proc/slabinfo || true
 * """
 * stdout = "lkmc_cache has 100 objects or more\n0\n"
 * dmesg = [
 *     "kmem_cache: an object of 72 bytes takes 72 in its cache, {dec} with kmalloc()",
 *     "kmem_cache: constructed at least as often as allocated: yes",
 *     "kmem_cache: all freed and allocated again, constructed anew: 0",
 *     "kmem_cache: as the last user left it: yes",
 * ]
 *
 * [[lkmc.run]]
 * name = "in use"
 * guest = "insmod kmem_cache.ko leak=1 && rmmod kmem_cache"
 * dmesg = ["{any}kmem_cache_destroy lkmc_cache: Slab cache still has objects{any}"]
 * [/lkmc]
 */

#include <linux/list.h>
#include <linux/module.h>
#include <linux/slab.h>

#define COUNT 100

static bool leak;
module_param(leak, bool, 0444);
MODULE_PARM_DESC(leak, "keep an object when the cache is destroyed");

/* Of a size that is none of kmalloc()'s. */
struct object {
	struct list_head waiters;
	u8 data[72 - sizeof(struct list_head)];
};

static struct kmem_cache *cache;
static struct object *objects[COUNT];
static unsigned int constructed;

static void construct(void *memory)
{
	struct object *object = memory;

	INIT_LIST_HEAD(&object->waiters);
	constructed++;
}

static void free_all(void)
{
	for (int i = leak ? 1 : 0; i < COUNT; i++)
		if (objects[i])
			kmem_cache_free(cache, objects[i]);
}

static bool allocate_all(void)
{
	for (int i = 0; i < COUNT; i++) {
		objects[i] = kmem_cache_alloc(cache, GFP_KERNEL);
		if (!objects[i])
			return false;
	}
	return true;
}

static int __init kmem_cache_demo_init(void)
{
	void *other = kmalloc(sizeof(struct object), GFP_KERNEL);
	bool are_empty = true;
	unsigned int before;

	cache = kmem_cache_create("lkmc_cache", sizeof(struct object), 0, 0, construct);
	if (!cache || !other || !allocate_all())
		goto no_memory;
	pr_info("kmem_cache: an object of %zu bytes takes %u in its cache, %zu with kmalloc()\n", sizeof(struct object),
		kmem_cache_size(cache), ksize(other));
	kfree(other);
	before = constructed;
	pr_info("kmem_cache: constructed at least as often as allocated: %s\n", before >= COUNT ? "yes" : "no");
	if (leak)
		return 0;
	free_all();
	if (!allocate_all()) {
		other = NULL;
		goto no_memory;
	}
	for (int i = 0; i < COUNT; i++)
		are_empty &= list_empty(&objects[i]->waiters);
	pr_info("kmem_cache: all freed and allocated again, constructed anew: %u\n", constructed - before);
	pr_info("kmem_cache: as the last user left it: %s\n", are_empty ? "yes" : "no");
	return 0;

no_memory:
	if (cache) {
		leak = false;
		free_all();
	}
	kmem_cache_destroy(cache);
	kfree(other);
	return -ENOMEM;
}

static void __exit kmem_cache_demo_exit(void)
{
	free_all();
	kmem_cache_destroy(cache);
}

module_init(kmem_cache_demo_init);
module_exit(kmem_cache_demo_exit);
MODULE_DESCRIPTION("A cache of objects of one kind");
MODULE_LICENSE("GPL");
