#!/bin/sh
# Find out what a hanging process hangs on: SysRq w prints the tasks in uninterruptible sleep, with their stacks.
#
# A process in state D handles no signal, and ps does not say what it waits for. `w` prints only such tasks, so the
# list is short where that of `t` (see tasks.sh) is long. The kernel does the same on its own when a task stays in
# that state for two minutes, "INFO: task ... blocked for more than 120 seconds", unless it is one that can be killed
# (TASK_KILLABLE).
#
# The companion program hangs in vfork(2), waiting for its child, and can be killed. kernel_clone() in the stack is
# what says so: the function that waits, wait_for_vfork_done(), is inlined there.
#
# Sources: kernel documentation, admin-guide/sysrq.rst; vfork(2).
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
# companion = ["vfork_wait.c"]
#
# [[lkmc.run]]
# guest = "./blocked.sh"
# dmesg = [
#     "sysrq: Show Blocked State",
#     "task:vfork_wait {any}state:D stack:{any}pid:{any}",
#     "{any}schedule{any}",
#     "{any}kernel_clone+{any}",
# ]
# dmesg-not = ["task:vfork_child {any}"]
# [/lkmc]
set -e

./vfork_wait &
until grep -q '^State:.D' /proc/$!/status; do usleep 10000; done
echo w > /proc/sysrq-trigger
killall vfork_child
wait $!
