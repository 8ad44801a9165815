#!/bin/sh
# Make the kernel kill the process that uses most memory, as it would if none were left: SysRq f.
#
# The out-of-memory killer gives every process a score, mostly the memory it uses, shifted by /proc/PID/oom_score_adj
# from -1000 (never) to 1000 (first). Here a harmless sleep volunteers with 1000. That an administrator asked is in
# the log: "order=-1".
#
# Sources: kernel documentation, admin-guide/sysrq.rst, filesystems/proc.rst; kernel source, mm/oom_kill.c.
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
#
# [[lkmc.run]]
# guest = "./oom.sh"
# stdout = "the volunteer was killed by signal 9\n"
# dmesg = [
#     "sysrq: Manual OOM execution",
#     "{any} invoked oom-killer: gfp_mask={any}, order=-1, oom_score_adj={dec}",
#     "Out of memory: Killed process {dec} (sleep) {any} oom_score_adj:1000",
# ]
# [/lkmc]
set -e

sleep 1000 &
until [ "$(cat /proc/$!/comm)" = sleep ]; do usleep 10000; done
echo 1000 > /proc/$!/oom_score_adj
echo f > /proc/sysrq-trigger
status=0
# The shell would say "Killed".
wait $! 2> /dev/null || status=$?
echo "the volunteer was killed by signal $((status - 128))"
