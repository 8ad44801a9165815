#!/bin/sh
# Give a control group 8 MiB of memory, take more in it, and see the kernel choose a victim inside the group only.
#
# `memory.max` is a hard limit on what the group's processes have touched: their pages, the files they read, kernel
# memory on their behalf. At the limit the kernel first takes back what it can. dd needs a buffer of 64 MiB, there is
# nothing to take back, so the out-of-memory killer ends a process of the group, while the machine has plenty.
#
# Status 137 is 128 + 9: killed by SIGKILL. The kernel log has the reasoning, down to a table of candidates, and
# `memory.events` counts: how often the limit was met (max), and how often somebody was killed for it (oom_kill).
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst, "Memory Interface Files".
#
# [lkmc]
# kconfig = ["MEMCG=y"]
#
# [[lkmc.run]]
# guest = "./memory_max.sh"
# stdout = '''
# limit: 8388608
# status: 137
# oom_kill 1
# '''
# dmesg = [
#     "dd invoked oom-killer: {any}",
#     "memory: usage {dec}kB, limit 8192kB, failcnt {dec}",
#     "oom-kill:constraint=CONSTRAINT_MEMCG,{any},task_memcg=/small,task=dd,pid={dec:victim},uid=0",
#     "Memory cgroup out of memory: Killed process {dec:victim} (dd) {any}",
# ]
# [/lkmc]
set -e
root=/sys/fs/cgroup
group=$root/small

mount -t cgroup2 none $root
echo +memory > $root/cgroup.subtree_control
mkdir $group
echo 8M > $group/memory.max
echo "limit: $(cat $group/memory.max)"

status=0
sh -c "echo \$\$ > $group/cgroup.procs; exec dd if=/dev/zero of=/dev/null bs=64M count=1" 2> /dev/null || status=$?
echo "status: $status"

grep '^oom_kill ' $group/memory.events
rmdir $group
