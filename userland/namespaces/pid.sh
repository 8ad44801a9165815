#!/bin/sh
# Give a process a world of process ids of its own, in which it is number 1.
#
# A pid namespace is made by unshare(2) or clone(2) with CLONE_NEWPID: the next child is process 1 in it, and what
# that one starts gets 2, 3 and so on. It sees no process outside; outside, each of them has an ordinary number too.
# The line NSpid of /proc/PID/status has both. /proc belongs to a namespace, so the child mounts its own
# (--mount-proc), or ps would show the old one.
#
# When process 1 of a namespace ends, the kernel kills all others in it: whatever they did to escape their parent,
# they are gone. Here process 1 leaves a sleeping process behind, which does not survive it.
#
# Sources: pid_namespaces(7).
#
# [lkmc]
# kconfig = ["PID_NS=y"]
#
# [[lkmc.run]]
# guest = "./pid.sh"
# stdout = '''
# inside, the shell is process 1
# inside, /proc has: 1 2 {dec}
# outside, process 2 has two numbers: {dec} 2
# after process 1 has ended: no sleep
# '''
# [/lkmc]
set -e

inside()
{
	echo "inside, the shell is process $$"
	sleep 1000 &
	echo "inside, /proc has: $(cd /proc && echo [0-9]*)"
	# Process 1 now waits until somebody outside has looked.
	read -r _
}

if [ "$1" = inside ]; then
	inside
	exit
fi

mkfifo /tmp/go
unshare --pid -f --mount-proc "$0" inside < /tmp/go &
exec 3> /tmp/go
until pid=$(pidof sleep); do usleep 10000; done
numbers=$(grep '^NSpid:' "/proc/$pid/status" | tr '\t' ' ')
exec 3>&-
wait
echo "outside, process 2 has two numbers:${numbers#NSpid:}"
echo "after process 1 has ended: $(pidof sleep || echo no sleep)"
