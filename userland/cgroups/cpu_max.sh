#!/bin/sh
# Allow a busy loop 2 ms of processor time in every 20 ms, and see it throttled.
#
# `cpu.max` holds two numbers of microseconds, a quota and a period. When the group's processes have used up the quota
# they are taken off the processors until the next period begins, even if nothing else wants to run. `cpu.stat` counts
# the periods in which somebody ran (nr_periods), those in which the quota ran out (nr_throttled), and for how long
# that kept them waiting.
#
# So an endless loop gets a tenth of one processor. The script waits for the tenth period and compares: nearly all of
# them were throttled.
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst, "CPU Interface Files"; scheduler/sched-bwc.rst.
#
# [lkmc]
# kconfig = ["CFS_BANDWIDTH=y"]
#
# [[lkmc.run]]
# guest = "./cpu_max.sh"
# stdout = '''
# limit: 2000 20000
# throttled in most periods: yes
# '''
# [/lkmc]
set -e
root=/sys/fs/cgroup
group=$root/slow

statistic()
{
	sed -n "s/^$1 //p" $group/cpu.stat
}

mount -t cgroup2 none $root
echo +cpu > $root/cgroup.subtree_control
mkdir $group
echo '2000 20000' > $group/cpu.max
echo "limit: $(cat $group/cpu.max)"

sh -c "echo \$\$ > $group/cgroup.procs; while :; do :; done" &
until [ "$(statistic nr_periods)" -ge 10 ]; do usleep 20000; done
if [ $(($(statistic nr_throttled) * 2)) -gt "$(statistic nr_periods)" ]; then
	echo 'throttled in most periods: yes'
else
	cat $group/cpu.stat
fi

echo 1 > $group/cgroup.kill
wait || true
