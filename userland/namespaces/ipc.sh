#!/bin/sh
# Keep System V shared memory and message queues apart: the IPC namespace.
#
# shmget(2), semget(2) and msgget(2) make objects that have a number instead of a path, and that stay when their maker
# ends. So mounts cannot keep them apart, and there is a namespace for them. When its last process ends, its objects
# are removed.
#
# /proc/sysvipc/shm lists the shared memory of the reader's namespace; the limits in /proc/sys/kernel/shm* belong to
# it too. The companion makes a segment of 4321 bytes with a key of its own. Outside it is still there when the program
# has ended; inside it is not seen, and the same key is free for another one, of which outside nothing is seen.
#
# Sources: ipc_namespaces(7), sysvipc(7).
#
# [lkmc]
# kconfig = ["IPC_NS=y", "SYSVIPC=y"]
# companion = ["make_segment.c"]
#
# [[lkmc.run]]
# guest = "./ipc.sh"
# stdout = '''
# outside, segments: 4321
# inside, segments:
# inside, segments: 1234
# inside, at most: not 12345
# outside, segments: 4321
# '''
# [/lkmc]
set -e

segments()
{
	echo "$1, segments:$(awk 'NR > 1 { printf " %s", $4 }' /proc/sysvipc/shm)"
}

if [ "$1" = inside ]; then
	segments inside
	./make_segment 1234
	segments inside
	if [ "$(cat /proc/sys/kernel/shmmax)" != 12345 ]; then echo 'inside, at most: not 12345'; fi
	exit
fi
echo 12345 > /proc/sys/kernel/shmmax
./make_segment 4321
segments outside
unshare --ipc ./ipc.sh inside
segments outside
