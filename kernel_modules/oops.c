// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write through a null pointer in the kernel, and see what is left of the system.
 *
 * A program that does this gets a signal and dies. When the kernel does it on behalf of a program,
 * it reports an oops (what happened, where, registers, stack) and kills that program in the middle
 * of its system call. The rest of the system goes on, but not as if nothing had happened: what the
 * program held in the kernel (locks, references, half-made changes) nobody ever puts back.
 *
 * What to notice:
 * - insmod is killed inside init, and "after" is never printed. The shell lives.
 * - The module is there for ever, in the state `Loading`, because its init function never returned:
 *   rmmod says that it is busy.
 * - lkmc gives the verdict `oops`, although everything else still works: from here on the kernel's
 *   word is not to be trusted. /proc/sys/kernel/panic_on_oops makes the kernel see it likewise.
 *
 * What the kernel says of the address differs: a null pointer dereference on most architectures; on RISC-V, address 0 is just one
 * of those that belong to programs.
 *
 * crash/crash_oops_interrupt.c does the same where there is no process to kill.
 *
 * Sources: kernel documentation, admin-guide/bug-hunting.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "oops"
 * guest = """
 * insmod oops.ko || echo insmod is dead
 * rmmod oops || true
 * grep -o 'oops.*Loading' /proc/modules
 * """
 * verdict = "oops"
 * stdout = "insmod is dead\noops {dec} 1 - Loading\n"
 * stderr-has = ["rmmod: {any}Device or resource busy"]
 * dmesg = ["oops: before", "{any}kernel {any} address{any}00000000{any}", "---[ end trace {hex} ]---"]
 * dmesg-not = ["oops: after"]
 * stack = ["oops_demo_write at kernel_modules/oops.c:{dec}", "oops_demo_init at kernel_modules/oops.c:{dec}"]
 *
 * [[lkmc.run]]
 * name = "panic-on-oops"
 * guest = """
 * echo 1 > /proc/sys/kernel/panic_on_oops
 * insmod oops.ko
 * """
 * verdict = "panic"
 * dmesg = [
 *     "{any}kernel {any} address{any}00000000{any}", "Kernel panic - not syncing: {any}Fatal exception",
 * ]
 * stack = ["oops_demo_init at kernel_modules/oops.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>

/* Not static, so that the compiler cannot know that it is always null. */
int *oops_demo_target;

/* A function of its own: the decoded stack has two lines of this file. */
static noinline void oops_demo_write(int value)
{
	pr_info("oops: before\n");
	WRITE_ONCE(*oops_demo_target, value);
	pr_info("oops: after\n");
}

static int __init oops_demo_init(void)
{
	oops_demo_write(1);
	return 0;
}

static void __exit oops_demo_exit(void)
{
}

module_init(oops_demo_init);
module_exit(oops_demo_exit);
MODULE_DESCRIPTION("A null pointer");
MODULE_LICENSE("GPL");
