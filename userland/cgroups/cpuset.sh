#!/bin/sh
# Keep all processes of a control group on one processor of two.
#
# `cpuset.cpus` lists the processors that a group may use, whatever affinity its processes ask for (see
# userland/linux/sched_getaffinity.c): the two are combined. A process moved into the group has left the other
# processors when the write returns.
#
# The mask of allowed processors is in /proc/PID/status. taskset inside the group cannot get out of it.
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst, "Cpuset".
#
# [lkmc]
# kconfig = ["CPUSETS=y"]
# machine.cpus = 2
#
# [[lkmc.run]]
# guest = "./cpuset.sh"
# stdout = '''
# before: 0-1
# in the group: 1
# taskset to the other processor: refused
# '''
# [/lkmc]
set -e
root=/sys/fs/cgroup
group=$root/second

allowed()
{
	sed -n 's/^Cpus_allowed_list:.//p' /proc/self/status
}

mount -t cgroup2 none $root
echo +cpuset > $root/cgroup.subtree_control
mkdir $group
echo 1 > $group/cpuset.cpus

echo "before: $(allowed)"
echo $$ > $group/cgroup.procs
echo "in the group: $(allowed)"
if ! taskset 1 true 2> /dev/null; then
	echo 'taskset to the other processor: refused'
fi
