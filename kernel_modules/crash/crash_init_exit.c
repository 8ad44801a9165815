// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kill process 1: without init there is nobody to run the system for, and the kernel panics.
 *
 * Not even root can do that from user space: `kill -KILL 1` succeeds and does nothing, because the kernel drops every signal to
 * init that init has no handler for. The protection is a flag in the state that init's threads share; the module takes it away
 * and sends a signal that ends any other process. What the kernel prints is the same as when init returns from main(), with
 * another exit code: 4 is the number of SIGILL, 0x0100 would be exit status 1.
 *
 * Sources: pid_namespaces(7), kill(2); kernel/signal.c (SIGNAL_UNKILLABLE), kernel/exit.c.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * kill -KILL 1
 * insmod crash_init_exit.ko
 * sleep 10
 * """
 * verdict = "panic"
 * dmesg = ["crash_init_exit: init loses its protection", "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000004"]
 * stack = ["panic at kernel/panic.c:{dec}", "do_exit at kernel/exit.c:{dec}"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/pid.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

static int __init crash_init_exit_init(void)
{
	struct pid *pid = find_get_pid(1);
	struct task_struct *init = get_pid_task(pid, PIDTYPE_PID);
	int error;

	put_pid(pid);
	if (!init)
		return -ESRCH;
	pr_info("crash_init_exit: init loses its protection\n");
	/* The lock of the signal handlers protects the flags. Init has handlers: it cannot be on its way out. */
	spin_lock_irq(&init->sighand->siglock);
	init->signal->flags &= ~SIGNAL_UNKILLABLE;
	spin_unlock_irq(&init->sighand->siglock);
	error = send_sig(SIGILL, init, 1);
	put_task_struct(init);
	return error;
}

static void __exit crash_init_exit_exit(void)
{
}

module_init(crash_init_exit_init);
module_exit(crash_init_exit_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Kill init");
