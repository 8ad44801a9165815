// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait, without being interruptible, for something that never happens: the kernel reports a hung task.
 *
 * A task in state D takes no signals, not even SIGKILL: whoever waits like that promises that the wait is short. A kernel thread
 * looks for tasks that have been in that state for longer than `hung_task_timeout_secs` (120 by default, one second here) and
 * prints their stacks. The machine itself is well: only this task, and whoever waits for it, is stuck.
 *
 * Sources: kernel documentation, admin-guide/sysctl/kernel (hung_task_timeout_secs); kernel/hung_task.c.
 *
 * [lkmc]
 * kconfig = ["DETECT_HUNG_TASK=y"]
 * [lkmc.machine]
 * kernel-args = ["sysctl.kernel.hung_task_timeout_secs=1"]
 * [[lkmc.run]]
 * guest = "insmod crash_hung_task.ko"
 * timeout = "60s"
 * verdict = "lockup"
 * dmesg = ["INFO: task insmod:{dec} blocked for more than {dec} seconds."]
 * stack = [
 *   "schedule at kernel/sched/core.c:{dec}",
 *   "crash_hung_task_init at kernel_modules/crash/crash_hung_task.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/completion.h>
#include <linux/module.h>

static DECLARE_COMPLETION(crash_hung_task_never);

static int __init crash_hung_task_init(void)
{
	wait_for_completion(&crash_hung_task_never);
	return 0;
}

static void __exit crash_hung_task_exit(void)
{
}

module_init(crash_hung_task_init);
module_exit(crash_hung_task_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Wait for ever");
