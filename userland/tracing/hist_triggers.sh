#!/bin/sh
# Let the kernel count by itself instead of writing records: histograms of trace events.
#
# A trigger is attached to an event and acts when the event happens. `hist` keeps a table in the kernel: one row per
# value of the key, and in it the number of hits. Thousands of events a second cost no room, and no program has to
# read along. Keys and values are the event's fields, as its `format` file lists them, several keys make several
# columns, and modifiers make them readable: `.execname` (a process id as a name), `.syscall`, `.hex`, `.log2` (in
# powers of two).
#
# Here: how many bytes did dd's reads ask for, and how often? Besides its five reads of 4321 bytes, everything else
# that dd reads is in the table too.
#
# Sources: kernel documentation, trace/histogram.rst.
#
# [lkmc]
# kconfig = ["HIST_TRIGGERS=y", "FTRACE_SYSCALLS=y"]
#
# [[lkmc.run]]
# guest = "./hist_triggers.sh"
# stdout-has = [
#     '# trigger info: hist:keys=count:vals=hitcount:sort=hitcount:size=2048 if comm == "dd" [active]',
#     '{ count: {any} 4321 } hitcount: {any} 5',
#     '    Hits: {dec}',
# ]
# [/lkmc]
set -e
event=/sys/kernel/tracing/events/syscalls/sys_enter_read

echo 'hist:keys=count:sort=hitcount if comm == "dd"' > $event/trigger
dd if=/dev/zero of=/dev/null bs=4321 count=5 2> /dev/null
cat $event/hist
