// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Touch memory that is not yours, and have KASAN name who got it, who gave it back, and who did it.
 *
 * A use after free or a write past the end usually works: the memory is there, it only belongs to
 * somebody else. With CONFIG_KASAN the compiler puts a check before every access. A shadow byte for
 * each eight bytes of memory says how many of them may be touched; around each allocation lies a
 * red zone, and what was freed is kept out of use for a while.
 *
 * - `mode=use-after-free` reads a structure after kfree(). The report has three stacks: the access,
 *   the allocation and the freeing.
 * - `mode=out-of-bounds` writes to the element behind the last one of an allocated array.
 *   kmalloc(100) really gives 128 bytes, so without KASAN nothing would ever come of this one.
 * - `mode=stack` reads behind an array on the stack: the compiler lays red zones there as well.
 * - `mode=global` reads behind a static array.
 *
 * What to notice:
 * - A KASAN report stops nothing: it is printed, the access takes place, the code goes on. lkmc's
 *   verdict is `oops` all the same, because it begins with `BUG:`.
 * - The kernel is about three times slower; hence profiles of their own, such as x86_64-qemu-debug.
 * - Compare memcpy_overflow.c: FORTIFY_SOURCE costs nothing, and sees what the compiler can see.
 *
 * Sources: kernel documentation, dev-tools/kasan.
 *
 * [lkmc]
 * kconfig = ["KASAN=y", "KASAN_GENERIC=y"]
 *
 * [[lkmc.run]]
 * name = "use-after-free"
 * guest = "insmod kasan.ko mode=use-after-free"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: KASAN: {any}use-after-free in lkmc_use_after_free+0x{any}",
 *     "Read of size 4 at addr {hex} by task insmod/{dec}",
 *     "Allocated by task {dec}{any}:", "Freed by task {dec}{any}:",
 *     "kasan: over",
 * ]
 * stack = [
 *     "lkmc_use_after_free at kernel_modules/kasan.c:{dec}",
 *     "lkmc_kasan_init at kernel_modules/kasan.c:{dec}",
 * ]
 *
 * [[lkmc.run]]
 * name = "out-of-bounds"
 * guest = "insmod kasan.ko mode=out-of-bounds"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: KASAN: slab-out-of-bounds in lkmc_out_of_bounds+0x{any}",
 *     "Write of size 1 at addr {hex} by task insmod/{dec}",
 *     "kasan: over",
 * ]
 * stack = ["lkmc_out_of_bounds at kernel_modules/kasan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "stack"
 * guest = "insmod kasan.ko mode=stack"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: KASAN: stack-out-of-bounds in lkmc_stack+0x{any}",
 *     "Read of size 1 at addr {hex} by task insmod/{dec}",
 *     "kasan: over",
 * ]
 * stack = ["lkmc_stack at kernel_modules/kasan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "global"
 * guest = "insmod kasan.ko mode=global"
 * verdict = "oops"
 * dmesg = [
 *     "BUG: KASAN: global-out-of-bounds in lkmc_global+0x{any}",
 *     "Read of size 1 at addr {hex} by task insmod/{dec}",
 *     "kasan: over",
 * ]
 * stack = ["lkmc_global at kernel_modules/kasan.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "innocent"
 * guest = "insmod kasan.ko mode=none"
 * dmesg = ["kasan: over"]
 * dmesg-not = ["BUG: KASAN{any}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SIZE 100

static char *mode = "none";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "use-after-free, out-of-bounds, stack, global or none");

static volatile char global_array[SIZE];
/* Volatile: the compiler must not see that it is one too many. */
static volatile int behind = SIZE;

static noinline void lkmc_use_after_free(void)
{
	volatile int *memory = kmalloc(SIZE, GFP_KERNEL);

	if (!memory)
		return;
	*memory = 42;
	kfree((void *)memory);
	pr_info("kasan: read %d\n", *memory);
}

static noinline void lkmc_out_of_bounds(void)
{
	volatile char *memory = kmalloc(SIZE, GFP_KERNEL);

	if (!memory)
		return;
	memory[behind] = 1;
	kfree((void *)memory);
}

static noinline void lkmc_stack(void)
{
	volatile char array[SIZE] = { 0 };

	pr_info("kasan: read %d\n", array[behind]);
}

static noinline void lkmc_global(void)
{
	pr_info("kasan: read %d\n", global_array[behind]);
}

static int __init lkmc_kasan_init(void)
{
	if (!strcmp(mode, "use-after-free"))
		lkmc_use_after_free();
	else if (!strcmp(mode, "out-of-bounds"))
		lkmc_out_of_bounds();
	else if (!strcmp(mode, "stack"))
		lkmc_stack();
	else if (!strcmp(mode, "global"))
		lkmc_global();
	pr_info("kasan: over\n");
	return 0;
}

static void __exit lkmc_kasan_exit(void)
{
}

module_init(lkmc_kasan_init);
module_exit(lkmc_kasan_exit);
MODULE_DESCRIPTION("Accesses that KASAN reports");
MODULE_LICENSE("GPL");
