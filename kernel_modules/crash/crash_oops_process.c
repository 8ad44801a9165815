// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to address zero in process context: an oops, which kills the process and spares the machine.
 *
 * A bad access while the kernel works for a process (here insmod, which runs the module's init function) ends that process. The
 * rest of the system goes on, but whatever locks the process held stay locked, and the module stays half loaded: it can be
 * neither used nor removed. That is why lkmc calls such a guest dead even though it still answers.
 *
 * The write goes through a function of its own that must not be inlined, to give the decoded stack two lines of this file. oops.c
 * looks at what is left of the system afterwards; crash_oops_interrupt.c does the same where there is no process to kill.
 *
 * Sources: kernel documentation, admin-guide/bug-hunting.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod crash_oops_process.ko"
 * verdict = "oops"
 * dmesg = ["crash_oops_process: about to write to address 0"]
 * dmesg-not = ["crash_oops_process: this line is never reached"]
 * stack = [
 *   "crash_oops_process_write at kernel_modules/crash/crash_oops_process.c:{dec}",
 *   "crash_oops_process_init at kernel_modules/crash/crash_oops_process.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/printk.h>

/* Not static, so that the compiler cannot know that it is always zero. */
int *crash_oops_process_target;

static noinline void crash_oops_process_write(int value)
{
	pr_info("crash_oops_process: about to write to address %d\n", 0);
	WRITE_ONCE(*crash_oops_process_target, value);
	pr_info("crash_oops_process: this line is never reached\n");
}

static int __init crash_oops_process_init(void)
{
	crash_oops_process_write(1);
	return 0;
}

static void __exit crash_oops_process_exit(void)
{
}

module_init(crash_oops_process_init);
module_exit(crash_oops_process_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Oops in process context");
