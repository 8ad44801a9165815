#!/bin/sh
# Freeze all processes of a control group in the middle of what they do, and thaw them again.
#
# Writing 1 to `cgroup.freeze` stops every process of the group and of the groups below it. SIGSTOP cannot be caught
# either, but others see it: parents and tracers are told that the process has stopped, and anyone who may send it
# SIGCONT lets it go on, of which it may have a handler. A frozen group nobody is told of, and no signal thaws it;
# SIGKILL still ends a process in it. Freezing takes a moment, since each process
# has to come out of what it does in the kernel: `cgroup.events` says `frozen 1` when all have. That file can be
# waited for with poll(2).
#
# A shell counts in the background, by making a file longer. While the group is frozen the file keeps its length;
# after the thaw it grows again.
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst, "cgroup.freeze".
#
# [lkmc]
# kconfig = ["CGROUPS=y"]
#
# [[lkmc.run]]
# guest = "./freezer.sh"
# stdout = '''
# running: it counts
# frozen: it stands still
# thawed: it counts
# '''
# [/lkmc]
set -e
root=/sys/fs/cgroup
group=$root/cold
count=/tmp/count

counted()
{
	stat -c %s $count
}
wait_until_it_counts()
{
	before=$(counted)
	until [ "$(counted)" -gt "$before" ]; do usleep 10000; done
}

mount -t cgroup2 none $root
mkdir $group
: > $count
sh -c "echo \$\$ > $group/cgroup.procs; while :; do echo >> $count; usleep 1000; done" &

wait_until_it_counts
echo 'running: it counts'

echo 1 > $group/cgroup.freeze
until grep -q 'frozen 1' $group/cgroup.events; do usleep 10000; done
before=$(counted)
usleep 100000
[ "$(counted)" = "$before" ]
echo 'frozen: it stands still'

echo 0 > $group/cgroup.freeze
wait_until_it_counts
echo 'thawed: it counts'

echo 1 > $group/cgroup.kill
wait || true
