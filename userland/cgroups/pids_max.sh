#!/bin/sh
# Let a fork bomb go off in a control group that may hold eight tasks, and then remove all of it with one write.
#
# A control group is a directory of the cgroup2 file system. mkdir makes one, writing a process id to its
# `cgroup.procs` moves that process in, its children are born in it, and files like `pids.max` limit them all
# together. A controller's files are there if the parent enables it in its `cgroup.subtree_control`.
#
# fork(2) beyond `pids.max` fails with EAGAIN, counted in `pids.events`. The bomb keeps trying, and the rest of the
# system does not notice. Since its processes come and go faster than anyone could kill them one by one, `cgroup.kill`
# kills the group.
#
# Sources: kernel documentation, admin-guide/cgroup-v2.rst.
#
# [lkmc]
# kconfig = ["CGROUP_PIDS=y"]
# companion = ["../posix/fork_bomb.c"]
#
# [[lkmc.run]]
# guest = "./pids_max.sh"
# stdout = '''
# limit: 8
# the bomb has hit the limit
# tasks now: 8
# after the kill: 0
# '''
# dmesg = ["cgroup: fork rejected by pids controller in /bomb"]
# [/lkmc]
set -e
root=/sys/fs/cgroup
group=$root/bomb

mount -t cgroup2 none $root
echo +pids > $root/cgroup.subtree_control
mkdir $group
echo 8 > $group/pids.max
echo "limit: $(cat $group/pids.max)"

# The shell moves itself into the group, and becomes the bomb.
sh -c "echo \$\$ > $group/cgroup.procs; exec ./fork_bomb" &

until grep -q 'max [1-9]' $group/pids.events; do usleep 10000; done
echo 'the bomb has hit the limit'
# The bomb's processes do not end by themselves, so the group fills up and stays full.
until [ "$(cat $group/pids.current)" = 8 ]; do usleep 10000; done
echo "tasks now: $(cat $group/pids.current)"

echo 1 > $group/cgroup.kill
wait || true
until grep -q 'populated 0' $group/cgroup.events; do usleep 10000; done
echo "after the kill: $(cat $group/pids.current)"
rmdir $group
