// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recurse until the kernel stack is full: the guard page below it turns silent corruption into a report.
 *
 * A kernel stack has 8 KiB on arm and 16 KiB on the others, and nothing makes it grow. With VMAP_STACK it is mapped with an
 * unmapped page below. The processor faults on that page and could not even push the fault's frame, so each architecture switches
 * to an emergency stack first and says so in its own words: "stack guard page was hit" on x86_64, "Insufficient stack space to
 * handle exception!" on the others. On arm that ends in an oops of the process, elsewhere in a panic.
 *
 * Sources: kernel documentation, mm/vmalloced-kernel-stacks.
 *
 * [lkmc]
 * kconfig = ["VMAP_STACK=y"]
 * [[lkmc.run]]
 * arches = ["x86_64"]
 * guest = "insmod crash_stack_overflow.ko"
 * verdict = "panic"
 * dmesg = ["BUG: TASK stack guard page was hit at {any}"]
 * stack = [
 *   "crash_stack_overflow_recurse at kernel_modules/crash/crash_stack_overflow.c:{dec}",
 *   "crash_stack_overflow_init at kernel_modules/crash/crash_stack_overflow.c:{dec}",
 * ]
 *
 * [[lkmc.run]]
 * arches = ["aarch64"]
 * guest = "insmod crash_stack_overflow.ko"
 * verdict = "panic"
 * dmesg = ["Insufficient stack space to handle exception!", "Kernel panic - not syncing: kernel stack overflow"]
 * stack = [
 *   "crash_stack_overflow_recurse at kernel_modules/crash/crash_stack_overflow.c:{dec}",
 *   "crash_stack_overflow_init at kernel_modules/crash/crash_stack_overflow.c:{dec}",
 * ]
 *
 * [[lkmc.run]]
 * arches = ["riscv64"]
 * guest = "insmod crash_stack_overflow.ko"
 * verdict = "panic"
 * dmesg = ["Insufficient stack space to handle exception!", "Kernel panic - not syncing: Kernel stack overflow"]
 * stack = ["crash_stack_overflow_recurse at kernel_modules/crash/crash_stack_overflow.c:{dec}"]
 *
 * [[lkmc.run]]
 * arches = ["arm"]
 * guest = "insmod crash_stack_overflow.ko"
 * verdict = "oops"
 * dmesg = ["Insufficient stack space to handle exception!", "Internal error: kernel stack overflow: 0 [#1] {any}"]
 * stack = ["crash_stack_overflow_recurse at kernel_modules/crash/crash_stack_overflow.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/string.h>

/* Unknown to the compiler, so that it can neither see the end of the recursion nor turn it into a loop. */
int crash_stack_overflow_depth = 1000000;

/* The result of each level is used after the call of the next, from an array that has to live until then. */
static noinline int crash_stack_overflow_recurse(int depth)
{
	volatile unsigned char frame[256];

	frame[depth % sizeof(frame)] = depth;
	if (depth >= READ_ONCE(crash_stack_overflow_depth))
		return 0;
	return crash_stack_overflow_recurse(depth + 1) + frame[depth % sizeof(frame)];
}

static int __init crash_stack_overflow_init(void)
{
	return crash_stack_overflow_recurse(0) < 0 ? -ENOMEM : 0;
}

static void __exit crash_stack_overflow_exit(void)
{
}

module_init(crash_stack_overflow_init);
module_exit(crash_stack_overflow_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Die of a full kernel stack");
