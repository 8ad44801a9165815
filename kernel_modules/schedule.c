// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hang a whole machine with one thread that never lets go of its only processor.
 *
 * A kernel built with CONFIG_PREEMPT_NONE (throughput first, as on servers) takes the processor
 * away from a *program* when its time is up, but never from code that runs in the kernel: that has
 * to give way of itself, by sleeping or by schedule(). A kernel thread that only computes therefore
 * stops everything else on its processor. Interrupts are still served, so that the clock ticks and
 * the watchdog notices: `BUG: soft lockup - CPU#0 stuck for 3s! [lkmc_schedule:...]`.
 *
 * - `schedule=0`: the thread spins. With one processor no program ever runs again; not even insmod
 *   gets back to the shell. The run ends in the verdict `lockup`.
 * - `schedule=1`: the thread calls schedule() in each turn. It still uses all the time that it is
 *   given, but others get theirs, and rmmod can stop it.
 *
 * - `schedule=0` with two processors: the thread costs just its own. The scheduler moves everything
 *   else to the other one, insmod comes back, and rmmod can even end the thread. But a processor
 *   that never gives way is missed sooner or later: by the watchdog, by RCU, and by whoever needs
 *   every processor at once (stop_machine() in the kernel), who waits for it for ever. On x86_64
 *   that happens soon after boot, when the kernel changes its clock from the first guess of the
 *   time stamp counter's frequency to a better one; `tsc=unstable` spares us that.
 *
 * With CONFIG_PREEMPT=y schedule=0 is harmless: there the clock interrupt takes the processor away
 * from kernel code as well. The usual call for a long loop is cond_resched(), which gives way only
 * if somebody waits.
 *
 * The kernel counts for each task how often it lost the processor to another one, against its will
 * or, as by schedule() here, while it could have gone on: nivcsw ("involuntary context switches").
 * The module reports at its end whether that happened to the thread.
 *
 * The watchdog normally waits for twice ten seconds; watchdog_thresh=1 makes that two.
 *
 * Sources: kernel documentation, admin-guide/lockup-watchdogs; kernel/Kconfig.preempt.
 *
 * [lkmc]
 * kconfig = ["PREEMPT_NONE=y", "SOFTLOCKUP_DETECTOR=y"]
 *
 * [lkmc.machine]
 * cpus = 1
 * kernel-args = ["watchdog_thresh=1"]
 *
 * [[lkmc.run]]
 * name = "spinning"
 * guest = """
 * insmod schedule.ko schedule=0
 * usleep 1
 * echo never reached
 * """
 * verdict = "lockup"
 * dmesg = ["watchdog: BUG: soft lockup - CPU#0 stuck for {dec}s! [lkmc_schedule:{dec}]"]
 *
 * [[lkmc.run]]
 * name = "giving-way"
 * guest = """
 * insmod schedule.ko schedule=1
 * usleep 100000
 * echo still here
 * rmmod schedule
 * """
 * stdout = "still here\n"
 * dmesg = ["schedule: others ran in between: yes"]
 *
 * [[lkmc.run]]
 * name = "spinning-beside-another-processor"
 * machine = { cpus = 2, kernel-args = ["tsc=unstable"] }
 * guest = """
 * insmod schedule.ko schedule=0
 * echo insmod is back
 * ps -o stat,comm | grep -q '^R.*lkmc_schedule'
 * echo still here
 * rmmod schedule
 * """
 * stdout = "insmod is back\nstill here\n"
 * dmesg = ["schedule: others ran in between: no"]
 * [/lkmc]
 */

#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/sched.h>

static bool schedule_arg = true;
module_param_named(schedule, schedule_arg, bool, 0444);
MODULE_PARM_DESC(schedule, "whether the thread gives way to others");

static struct task_struct *spinner;

static int schedule_spin(void *unused)
{
	unsigned long before = current->nivcsw;

	while (!kthread_should_stop()) {
		if (schedule_arg)
			schedule();
		else
			cpu_relax();
	}
	return current->nivcsw != before;
}

static int __init schedule_init(void)
{
	spinner = kthread_run(schedule_spin, NULL, "lkmc_schedule");
	return PTR_ERR_OR_ZERO(spinner);
}

static void __exit schedule_exit(void)
{
	int others_ran = kthread_stop(spinner);

	pr_info("schedule: others ran in between: %s\n", others_ran ? "yes" : "no");
}

module_init(schedule_init);
module_exit(schedule_exit);
MODULE_DESCRIPTION("A thread that gives way, or does not");
MODULE_LICENSE("GPL");
