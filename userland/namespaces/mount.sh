#!/bin/sh
# Mount a file system that only one process and its children can see.
#
# Each process belongs to a mount namespace: the tree of what is mounted where. A new one begins as a copy. What is
# mounted in it later stays in it (unless a mount is `shared`, and tells its copies what happens to it; unshare(1)
# makes all private), and disappears with its last process, with no umount.
#
# The link /proc/PID/ns/mnt names a process's namespace: two processes are in the same one if the numbers are equal.
#
# Sources: mount_namespaces(7).
#
# [lkmc]
# [[lkmc.run]]
# guest = "./mount.sh"
# stdout = '''
# inside: secret
# outside:
# the namespaces are different: yes
# '''
# [/lkmc]
set -e

inside='
	mount -t tmpfs none /mnt
	touch /mnt/secret
	ls /mnt | sed "s/^/inside: /"
	readlink /proc/self/ns/mnt > /tmp/inside
'
unshare --mount sh -c "$inside"

echo "outside:$(ls /mnt)"
if [ "$(cat /tmp/inside)" != "$(readlink /proc/self/ns/mnt)" ]; then
	echo 'the namespaces are different: yes'
fi
