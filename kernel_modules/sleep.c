// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep right inside a module's init function, and keep insmod waiting.
 *
 * An init function is not run by some part of "the kernel": insmod's system call runs it, so it
 * runs in insmod's own process, as the lines show. It may therefore sleep like any process in a
 * system call. The scheduler gives the processor to others meanwhile, and insmod returns only after
 * the last number. An interrupt handler or a timer (timer.c) has no process of its own and may not
 * do this; nor may whoever holds a spinlock (sleep_in_atomic.c).
 *
 * What to notice:
 * - The module is listed as `Loading` during the sleep; only its return makes it `Live`.
 * - msleep_interruptible() returns early when a signal comes, with the time that was left: Ctrl-C
 *   on insmod works, and the module is not loaded. With msleep() it would have to wait for the end.
 *
 * Sources: kernel documentation, timers/timers-howto.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "counts"
 * guest = """
 * insmod sleep.ko n=5 interval_ms=10
 * echo insmod is back
 * rmmod sleep
 * """
 * stdout = "insmod is back\n"
 * dmesg = [
 *     "sleep: insmod 0", "sleep: insmod 1", "sleep: insmod 2", "sleep: insmod 3",
 *     "sleep: insmod 4", "sleep: done",
 * ]
 *
 * [[lkmc.run]]
 * name = "interrupted"
 * guest = """
 * insmod sleep.ko n=2 interval_ms=3600000 &
 * until dmesg | grep -q 'sleep: insmod 0$'; do usleep 10000; done
 * grep -o 'sleep.*Loading' /proc/modules
 * kill $!
 * # Whether the shell says "Terminated" depends on when it hears of it.
 * wait $! 2> /dev/null || echo insmod was killed
 * grep -c sleep /proc/modules || true
 * """
 * stdout = """
 * sleep {dec} 1 - Loading
 * insmod was killed
 * 0
 * """
 * dmesg = ["sleep: insmod 0", "sleep: interrupted"]
 * dmesg-not = ["sleep: insmod 1", "sleep: done"]
 * [/lkmc]
 */

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/sched.h>

static unsigned int n = 5;
module_param(n, uint, 0444);
MODULE_PARM_DESC(n, "how far to count");

static unsigned int interval_ms = 1000;
module_param(interval_ms, uint, 0444);
MODULE_PARM_DESC(interval_ms, "milliseconds from one number to the next");

static int __init sleep_init(void)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		pr_info("sleep: %s %u\n", current->comm, i);
		if (msleep_interruptible(interval_ms)) {
			pr_info("sleep: interrupted\n");
			return -EINTR;
		}
	}
	pr_info("sleep: done\n");
	return 0;
}

static void __exit sleep_exit(void)
{
}

module_init(sleep_init);
module_exit(sleep_exit);
MODULE_DESCRIPTION("Sleeping in the process that called");
MODULE_LICENSE("GPL");
