#!/bin/sh
# Allow a busy loop 2 ms of processor time in every 20 ms, and see it throttled.
#
# `cpu.max` holds two numbers of microseconds, a quota and a period. When the group's processes have used up the quota
# they are taken off the processors until the next period begins, even if nothing else wants to run. `cpu.stat` counts
# the periods in which somebody ran (nr_periods), those in which the quota ran out (nr_throttled), and for how long
# that kept them waiting.
#
# So an endless loop gets at most a tenth of one processor. A second group without a limit is there to compare: its
# loop runs too, and is never throttled.
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst, "CPU Interface Files"; scheduler/sched-bwc.rst.
#
# [lkmc]
# kconfig = ["CFS_BANDWIDTH=y"]
#
# [[lkmc.run]]
# guest = "./cpu_max.sh"
# stdout = '''
# slow: 2000 20000
# free: max 20000
# slow: throttled
# free: never throttled
# '''
# [/lkmc]
set -e
root=/sys/fs/cgroup

# How often the quota of a group ran out.
throttled()
{
	sed -n 's/^nr_throttled //p' $root/$1/cpu.stat
}

mount -t cgroup2 none $root
echo +cpu > $root/cgroup.subtree_control
mkdir $root/slow $root/free
echo '2000 20000' > $root/slow/cpu.max
echo 'max 20000' > $root/free/cpu.max
for group in slow free; do
	echo "$group: $(cat $root/$group/cpu.max)"
	sh -c "echo \$\$ > $root/$group/cgroup.procs; while :; do :; done" &
done

# If the quota did not work this would take for ever, and the run end at its deadline.
until [ "$(throttled slow)" -ge 5 ]; do usleep 20000; done
echo 'slow: throttled'
if [ "$(throttled free)" = 0 ]; then
	echo 'free: never throttled'
fi

for group in slow free; do
	echo 1 > $root/$group/cgroup.kill
done
wait || true
