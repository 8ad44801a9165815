#!/bin/sh
# What a kernel message's level is, and how it decides what reaches the console.
#
# Every message has a level from 0 (emergency) to 7 (debug). All are kept in the log buffer, which dmesg reads. Only
# those with a level smaller than the console's log level also go to the console. /proc/sys/kernel/printk has four
# numbers:
#
#     7       4        1        7
#     |       |        |        +- console level that a kernel starts with
#     |       |        +- smallest that the console level may be set to
#     |       +- level of messages that name none
#     +- console level now: `dmesg -n 5`, or `echo 5 > /proc/sys/kernel/printk`; boot parameter loglevel=5
#
# Writing `<LEVEL>text` to /dev/kmsg makes a message, so all can be tried from the shell. Notice the number that
# `dmesg -r` shows before the text: it is level + 8 * facility, and what does not come from the kernel itself gets
# facility 1, "user". So <4> becomes <12>.
#
# The expectations of this demo look at both: the standard output is the log buffer, the kernel log of the run is the
# console.
#
# Sources: kernel documentation, core-api/printk-basics.rst; proc(5).
#
# [lkmc]
# [[lkmc.run]]
# guest = "./printk_levels.sh"
# stdout = '''
# at boot: 7	4	1	7
# now: 4	4	1	7
# <9>[{any}] level 1 at console level 7
# <11>[{any}] level 3 at console level 7
# <12>[{any}] level 4 at console level 7
# <14>[{any}] level 6 at console level 7
# <15>[{any}] level 7 at console level 7
# <9>[{any}] level 1 at console level 4
# <11>[{any}] level 3 at console level 4
# <12>[{any}] level 4 at console level 4
# <14>[{any}] level 6 at console level 4
# <15>[{any}] level 7 at console level 4
# <12>[{any}] no level
# '''
# dmesg = [
#     'level 1 at console level 7',
#     'level 3 at console level 7',
#     'level 4 at console level 7',
#     'level 6 at console level 7',
#     'level 1 at console level 4',
#     'level 3 at console level 4',
# ]
# dmesg-not = [
#     'level 7 at console level 7',
#     'level 4 at console level 4',
#     'level 6 at console level 4',
#     'level 7 at console level 4',
#     'no level',
# ]
# [/lkmc]
set -e
log()
{
	for level in 1 3 4 6 7; do
		echo "<$level>level $level at console level $1" > /dev/kmsg
	done
}

dmesg -c > /dev/null
echo "at boot: $(cat /proc/sys/kernel/printk)"
log 7

dmesg -n 4
echo "now: $(cat /proc/sys/kernel/printk)"
log 4
echo 'no level' > /dev/kmsg

dmesg -r | grep 'level [1-7] at\|no level'
