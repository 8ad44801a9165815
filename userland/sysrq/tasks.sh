#!/bin/sh
# Print every task of the system with its state and kernel stack: SysRq t.
#
# The list goes to the kernel log. Each task has a line with its name, its state (R running, S sleeping until
# something happens, D sleeping and not to be disturbed, I idle kernel thread), and its ids, followed by the functions
# that it is in. For a sleeping task, the stack says what it waits for: our `sleep` is in the system call nanosleep,
# by way of hrtimer_nanosleep().
#
# For a single task, /proc/PID/stack has the same, if the kernel was built with CONFIG_STACKTRACE.
#
# Sources: kernel documentation, admin-guide/sysrq.rst; kernel source, kernel/sched/core.c, "sched_show_task".
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
#
# [[lkmc.run]]
# guest = "./tasks.sh"
# dmesg = [
#     "sysrq: Show State",
#     "task:sleep {any}state:S stack:{any}pid:{any}",
#     "{any}schedule{any}",
#     "{any}hrtimer_nanosleep{any}",
# ]
# [/lkmc]
set -e

sleep 1000 &
pid=$!
# It has got to nanosleep when the kernel says where it waits.
until grep -q nanosleep "/proc/$pid/wchan"; do usleep 10000; done
# Some consoles are slow, and the list is long: only the log matters. The level decides what the console shows.
echo t > /proc/sysrq-trigger
kill $pid
