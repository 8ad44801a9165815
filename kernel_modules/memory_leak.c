// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lose the last pointer to some memory, and let kmemleak find it.
 *
 * Memory that was allocated and is nowhere pointed to can never be freed: a leak. With
 * CONFIG_DEBUG_KMEMLEAK the kernel writes down each allocation with its stack, and on request scans
 * all memory for anything that looks like a pointer to one of them, much like a garbage collector.
 * What nothing points to is listed in /sys/kernel/debug/kmemleak, with who allocated it.
 *
 * The module allocates eight times and forgets, and once and remembers.
 *
 * What to notice:
 * - `echo scan > /sys/kernel/debug/kmemleak` scans now; with CONFIG_DEBUG_KMEMLEAK_AUTO_SCAN a
 *   thread does so every ten minutes.
 * - An allocation is only suspected once it is five seconds old: a pointer that lives in a register
 *   for a moment must not count. That is why this demo takes longer than others.
 * - A number that happens to look like the pointer hides a leak; the eight allocations make it
 *   unlikely that all are hidden. The other way round kmemleak_not_leak() is for memory that only
 *   hardware knows about.
 * - The size is that of the cache which the memory came from, not the 1000 bytes that were asked
 *   for.
 * - Two scans at least: memory that changed since the last one counts as used.
 * - The remembered one is not listed. `backtrace` names memory_leak_lose().
 *
 * Sources: kernel documentation, dev-tools/kmemleak.
 *
 * [lkmc]
 * kconfig = ["DEBUG_KMEMLEAK=y", "DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * leaks=/sys/kernel/debug/kmemleak
 * insmod memory_leak.ko
 * echo scan > $leaks
 * sleep 5
 * until grep -q memory_leak_lose $leaks; do echo scan > $leaks; done
 * grep -A 1 '(size 1024)' $leaks | head -n 2
 * grep -o 'memory_leak_lose+.*' $leaks | sort -u
 * grep -c memory_leak_keep $leaks || true
 * """
 * timeout = "120s"
 * stdout = """
 * unreferenced object 0x{hex} (size 1024):
 *   comm "insmod", pid {dec}, jiffies {dec}{any}
 * memory_leak_lose+0x{hex}/0x{hex} [memory_leak]
 * 0
 * """
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/slab.h>

#define SIZE 1000
#define LOST 8

static void *kept;

static noinline void memory_leak_lose(void)
{
	int i;

	for (i = 0; i < LOST; i++) {
		void *memory = kmalloc(SIZE, GFP_KERNEL);

		/* The compiler must not see that nobody needs it. */
		OPTIMIZER_HIDE_VAR(memory);
	}
}

static noinline void memory_leak_keep(void)
{
	kept = kmalloc(SIZE, GFP_KERNEL);
}

static int __init memory_leak_init(void)
{
	memory_leak_lose();
	memory_leak_keep();
	return 0;
}

static void __exit memory_leak_exit(void)
{
	kfree(kept);
}

module_init(memory_leak_init);
module_exit(memory_leak_exit);
MODULE_DESCRIPTION("Memory that nobody knows any more");
MODULE_LICENSE("GPL");
