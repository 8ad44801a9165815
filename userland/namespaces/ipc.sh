#!/bin/sh
# Keep System V shared memory and message queues apart: the IPC namespace.
#
# shmget(2), semget(2) and msgget(2) make objects that have a number instead of a path, and that stay when their maker
# ends. So mounts cannot keep them apart, and there is a namespace for them. When its last process ends, its objects
# are removed.
#
# /proc/sysvipc/shm lists the shared memory of the reader's namespace; the limits in /proc/sys/kernel/shm* belong to
# it too.
#
# Sources: ipc_namespaces(7), sysvipc(7).
#
# [lkmc]
# kconfig = ["IPC_NS=y", "SYSVIPC=y"]
#
# [[lkmc.run]]
# guest = "./ipc.sh"
# stdout = '''
# outside, segments of at most: 12345
# inside: not 12345
# the namespaces are different: yes
# '''
# [/lkmc]
set -e

echo 12345 > /proc/sys/kernel/shmmax
echo "outside, segments of at most: $(cat /proc/sys/kernel/shmmax)"
unshare --ipc sh -c '
	if [ "$(cat /proc/sys/kernel/shmmax)" != 12345 ]; then echo "inside: not 12345"; fi
	readlink /proc/self/ns/ipc > /tmp/inside
'
if [ "$(cat /tmp/inside)" != "$(readlink /proc/self/ns/ipc)" ]; then
	echo 'the namespaces are different: yes'
fi
