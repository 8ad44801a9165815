#!/bin/sh
# Become root without any privilege, in a user namespace, and see how far that goes.
#
# A user namespace has user ids of its own. One line in its `uid_map` says which id inside stands for which id
# outside; an ordinary user may map exactly one, their own. The first process has all capabilities, but only over what
# belongs to the namespace: it may mount in a mount namespace made along with it, and may not touch what belongs to
# the machine, such as its name.
#
# Notice that a file made by "root" inside belongs to the ordinary user outside. This is what containers without root
# are made of, and the sandbox in which lkmc builds.
#
# Sources: user_namespaces(7), capabilities(7).
#
# [lkmc]
# kconfig = ["USER_NS=y"]
#
# [[lkmc.run]]
# guest = "./user.sh"
# stdout = '''
# before: user 1000
# inside: user 0
# inside, id 0 is outside: 1000
# inside, mount: allowed
# inside, renaming the machine: refused
# outside, the file belongs to: 1000
# '''
# [/lkmc]
set -e

case $1 in
ordinary)
	echo "before: user $(id -u)"
	exec unshare --user -r --mount "$0" inside
	;;
inside)
	echo "inside: user $(id -u)"
	read -r first outside _ < /proc/self/uid_map
	echo "inside, id $first is outside: $outside"
	if mount -t tmpfs none /mnt; then
		echo 'inside, mount: allowed'
	fi
	if ! hostname box 2> /dev/null; then
		echo 'inside, renaming the machine: refused'
	fi
	touch /tmp/made-inside
	exit
	;;
esac

# chpst starts a program as another user, by number.
chpst -u 1000:1000 "$0" ordinary
echo "outside, the file belongs to: $(stat -c %u /tmp/made-inside)"
