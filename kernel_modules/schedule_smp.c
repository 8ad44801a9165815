// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Spin in the kernel on one of two processors, and go on working on the other.
 *
 * schedule.c hangs a machine with a single processor. This is the same code on a machine with two,
 * where the thread costs just its own processor: the scheduler moves everything else to the other,
 * insmod comes back, and rmmod can even end the thread.
 *
 * But a processor that never gives way is missed sooner or later. The watchdog complains after 20
 * s, RCU after 21 s, and whoever needs every processor at once (stop_machine() in the kernel) waits
 * for it for ever, and makes the other processors wait too. On x86_64 that happens soon after boot:
 * the kernel changes its clock from the first guess of the time stamp counter's frequency to a
 * better one. `tsc=unstable` spares us that: the kernel uses another clock from the start.
 *
 * [lkmc]
 * kconfig = ["PREEMPT_NONE=y"]
 *
 * [lkmc.machine]
 * cpus = 2
 * kernel-args = ["tsc=unstable"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod schedule_smp.ko schedule=0
 * echo insmod is back
 * ps -o stat,comm | grep -q '^R.*lkmc_schedule'
 * echo still here
 * rmmod schedule_smp
 * """
 * stdout = "insmod is back\nstill here\n"
 * dmesg = ["schedule: the thread gave way more than once: no"]
 * [/lkmc]
 */

#include "schedule.c"
