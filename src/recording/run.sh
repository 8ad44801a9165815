#!/bin/sh
# Lies over the guest agent in a recorded guest and runs the one command that such a guest is for.
#
# /init calls it as it would call the agent. Everything is known beforehand, because nobody outside may be asked: `order` sets
# the ports, the clock, the directory and the words of the command. The host ends the machine when it has read the status.

[ "$1" = console ] || exit 0
. /lkmc-record/order

# Bytes shall leave as they are.
for port in $out $err $end; do stty -F $port raw -echo; done
date -s "@$now" > /dev/null
cd "$directory" || exit 1
"$@" < /lkmc-record/input > $out 2> $err
status=$?
# Changing a port's settings waits until everything written to it has left.
for port in $out $err; do stty -F $port raw -echo; done
echo $status > $end
while :; do sleep 1000000; done
