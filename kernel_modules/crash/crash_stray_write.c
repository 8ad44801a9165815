// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Overwrite a pointer at a random time, and use it later: the crash shows the victim, not the culprit.
 *
 * A copy that takes the size of the whole structure for that of the name in it runs over into the pointer behind the name. Nothing
 * happens at that moment. When the pointer is used, the kernel dies in a function that has done nothing wrong, and the stack says
 * nothing about who wrote the nonsense. Which of the calls does it is drawn anew in each run.
 *
 * A recording finds the culprit: it stops at the oops, watches the pointer, and goes backwards to the last store to it.
 *
 *     lkmc profile run x86_64-qemu --record --demos crash_stray_write -- insmod crash_stray_write.ko
 *     lkmc replay last --at-panic -ex 'watch -l crash_stray_write_device.counter' -ex reverse-continue
 *
 * KASAN would catch the culprit in the act; kasan.c shows that.
 *
 * Sources: kernel documentation, admin-guide/bug-hunting.
 *
 * [lkmc]
 * kconfig = ["KASAN=n"]
 *
 * [[lkmc.run]]
 * guest = "insmod crash_stray_write.ko"
 * verdict = "oops"
 * dmesg = ["crash_stray_write: counting"]
 * dmesg-not = ["crash_stray_write: this line is never reached"]
 * stack = [
 *   "crash_stray_write_count at kernel_modules/crash/crash_stray_write.c:{dec}",
 *   "crash_stray_write_init at kernel_modules/crash/crash_stray_write.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/printk.h>
#include <linux/random.h>

#define CALLS 1000

static int crash_stray_write_counter;

/* Not static, so that the compiler reads the pointer anew each time. */
struct {
	char name[8];
	int *counter;
} crash_stray_write_device = { .name = "device", .counter = &crash_stray_write_counter };

/* The culprit: the size is wrong. It ends exactly at the end of the pointer, whose last byte is the last that is written. */
static noinline void crash_stray_write_rename(const char *name)
{
	char *to = crash_stray_write_device.name;
	size_t i;

	/* The compiler shall not see which array this is, or it would object. */
	OPTIMIZER_HIDE_VAR(to);
	for (i = 0; i < sizeof(crash_stray_write_device); i++)
		WRITE_ONCE(to[i], name[i]);
}

/* The victim. */
static noinline void crash_stray_write_count(void)
{
	int *counter = READ_ONCE(crash_stray_write_device.counter);

	WRITE_ONCE(*counter, *counter + 1);
}

static int __init crash_stray_write_init(void)
{
	unsigned int fatal = get_random_u32() % CALLS;
	unsigned int call;

	pr_info("crash_stray_write: counting\n");
	for (call = 0; call < CALLS; call++) {
		if (call == fatal)
			crash_stray_write_rename("a name too long for it");
		crash_stray_write_count();
	}
	pr_info("crash_stray_write: this line is never reached\n");
	return 0;
}

static void __exit crash_stray_write_exit(void)
{
}

module_init(crash_stray_write_init);
module_exit(crash_stray_write_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A store to somebody else's pointer");
