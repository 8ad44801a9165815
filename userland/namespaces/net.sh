#!/bin/sh
# Put a process into a network of its own: interfaces, addresses, routes and ports of nobody else.
#
# A new network namespace holds one interface, the loopback `lo`, and even that is down. So a process in it can reach
# nothing at all until somebody gives it a way out (one end of a veth pair, say). Here the guest outside listens on
# 127.0.0.1 port 7; the same address inside is another machine's, and nobody listens there.
#
# Sources: network_namespaces(7), ip-netns(8).
#
# [lkmc]
# kconfig = ["NET_NS=y"]
#
# [[lkmc.run]]
# guest = "./net.sh"
# stdout = '''
# outside: hello
# inside, interfaces: lo
# inside, lo is down: Network is unreachable
# inside, lo is up: Connection refused
# '''
# [/lkmc]
set -e

ask()
{
	nc -vv 127.0.0.1 7 < /dev/null 2>&1 | sed -n 's/.*): //p'
}

if [ "$1" = inside ]; then
	echo "inside, interfaces: $(ip -o link | cut -d : -f 2 | tr -d ' ')"
	echo "inside, lo is down: $(ask)"
	ip link set lo up
	echo "inside, lo is up: $(ask)"
	exit
fi

# A server that says hello to everybody who connects.
tcpsvd 127.0.0.1 7 echo hello &
server=$!
# It is ready when the kernel lists a socket that listens (state 0A) on port 7.
until grep -q ':0007 .* 0A ' /proc/net/tcp; do usleep 10000; done
echo "outside: $(nc 127.0.0.1 7 < /dev/null)"
unshare --net "$0" inside
kill $server
