#!/bin/sh
# Ask the kernel which emergency commands it has: the magic SysRq keys, by file.
#
# Alt-SysRq-LETTER on a keyboard, a break and a letter on a serial line, or the letter written to /proc/sysrq-trigger:
# the kernel does what the letter stands for at once, in the interrupt handler, even when no program runs any more.
# That is its use: find out why a machine hangs, save what can be saved, restart it.
#
# A letter that stands for nothing prints the list. /proc/sys/kernel/sysrq says which commands keyboards may give: 0
# none, 1 all, otherwise a sum of 2 (console), 4 (keyboard), 8 (debugging), 16 (sync), 32 (remount), 64 (signals), 128
# (reboot), 256 (nice). Root may use the file whatever that number is, as the demo shows.
#
# Sources: kernel documentation, admin-guide/sysrq.rst.
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
#
# [[lkmc.run]]
# guest = "./help.sh"
# stdout = "for keyboards: 0\n"
# dmesg = ["sysrq: HELP : loglevel(0-9) reboot(b) crash(c) {any}show-task-states(t) {any}"]
# [/lkmc]
set -e

echo 0 > /proc/sys/kernel/sysrq
echo "for keyboards: $(cat /proc/sys/kernel/sysrq)"
echo h > /proc/sysrq-trigger
