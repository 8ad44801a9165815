#!/bin/sh
# Spin in the kernel on one of two processors, and go on working on the other.
#
# kernel_modules/schedule.c hangs a machine with a single processor. With a second one the same
# thread costs just its own processor: the scheduler moves everything else to the other, insmod
# comes back, and rmmod can even end the thread.
#
# But a processor that never gives way is missed sooner or later. The watchdog complains after 20 s,
# RCU after 21 s, and whoever needs every processor at once (stop_machine() in the kernel) waits for
# it for ever, and makes the other processors wait too. On x86_64 that happens soon after boot: the
# kernel changes its clock from the first guess of the time stamp counter's frequency to a better
# one. `tsc=unstable` spares us that: the kernel uses another clock from the start.
#
# [lkmc]
# modules = ["../../kernel_modules/schedule.c"]
# kconfig = ["PREEMPT_NONE=y"]
#
# [lkmc.machine]
# cpus = 2
# kernel-args = ["tsc=unstable"]
#
# [[lkmc.run]]
# guest = "sh schedule_smp.sh"
# stdout = "insmod is back\nstill here\n"
# dmesg = ["schedule: the thread gave way more than once: no"]
# [/lkmc]
set -e
insmod schedule.ko schedule=0
echo insmod is back
# The thread is running, and so are we.
ps -o stat,comm | grep -q '^R.*lkmc_schedule'
echo still here
rmmod schedule
