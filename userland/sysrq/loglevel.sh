#!/bin/sh
# Set the console's log level by SysRq: the digit is the level.
#
# When a machine drowns in messages, or a debug message is wanted and no shell answers, Alt-SysRq-DIGIT still works.
# It sets the same number as `dmesg -n` (see userland/tracing/printk_levels.sh): the first one of
# /proc/sys/kernel/printk.
#
# Sources: kernel documentation, admin-guide/sysrq.rst.
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
#
# [[lkmc.run]]
# guest = "./loglevel.sh"
# stdout = '''
# 7	4	1	7
# 4	4	1	7
# '''
# dmesg = ["sysrq: Changing Loglevel", "sysrq: Loglevel set to 4"]
# [/lkmc]
set -e

cat /proc/sys/kernel/printk
echo 4 > /proc/sysrq-trigger
cat /proc/sys/kernel/printk
