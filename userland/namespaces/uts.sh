#!/bin/sh
# Change the host's name for one process and its children, and for nobody else.
#
# The UTS namespace is the smallest of them: it holds two strings, host name and domain name. ("UTS" is the structure
# that uname(2) fills in, "UNIX time-sharing system".) A process that unshares it has a copy, which it may change.
#
# A namespace lives as long as something refers to it: a process in it, an open file, or a bind mount of
# /proc/PID/ns/uts. The mount keeps it when its last process has ended, so that nsenter(1) can go back in. That is how
# `ip netns add` keeps networks, too.
#
# Sources: uts_namespaces(7), namespaces(7), nsenter(1).
#
# [lkmc]
# kconfig = ["UTS_NS=y"]
#
# [[lkmc.run]]
# guest = "./uts.sh"
# stdout = '''
# before: lkmc
# inside: box
# outside: lkmc
# inside again: box
# '''
# [/lkmc]
set -e

echo "before: $(hostname)"
touch /tmp/kept
unshare --uts=/tmp/kept sh -c 'hostname box; echo "inside: $(hostname)"'
echo "outside: $(hostname)"
nsenter --uts=/tmp/kept sh -c 'echo "inside again: $(hostname)"'
umount /tmp/kept
