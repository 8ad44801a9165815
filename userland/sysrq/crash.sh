#!/bin/sh
# Crash the kernel on purpose: SysRq c.
#
# What comes after a crash is best tried before one happens: does the log survive, does the machine restart, is a
# memory dump taken? `c` calls panic(). The message says why, the stack how it came to that: a write to
# /proc/sysrq-trigger, which reached the handler of the letter c.
#
# The guest's command line has `panic=-1`, "restart at once", and lkmc starts QEMU such that a restart ends it. So the
# run ends with the verdict `panic` instead of hanging.
#
# Sources: kernel documentation, admin-guide/sysrq.rst.
#
# [lkmc]
# kconfig = ["MAGIC_SYSRQ=y"]
#
# [[lkmc.run]]
# guest = "./crash.sh"
# verdict = "panic"
# dmesg = [
#     "sysrq: Trigger a crash",
#     "Kernel panic - not syncing: sysrq triggered crash",
# ]
# stack = [
#     "sysrq_handle_crash at drivers/tty/sysrq.c:{dec}",
#     "write_sysrq_trigger at drivers/tty/sysrq.c:{dec}",
#     "vfs_write at fs/read_write.c:{dec}",
# ]
# [/lkmc]
echo c > /proc/sysrq-trigger
echo 'not reached'
