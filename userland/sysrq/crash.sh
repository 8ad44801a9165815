#!/bin/sh
# Crash the kernel on purpose: SysRq c.
#
# What comes after a crash is best tried before one happens: does the log survive, does the machine restart, is a
# memory dump taken? `c` calls panic(). The message says why, the stack how it came to that: a write to
# /proc/sysrq-trigger, which reached the handler of the letter c.
#
# On 32-bit Arm the stack ends at panic(). The compiler knows that panic() does not return and lets the handler end
# with the call, so the return address is that of the function behind it, and the kernel's unwinder goes on with the
# wrong table.
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
# arches = ["x86_64", "aarch64", "riscv64"]
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
#
# [[lkmc.run]]
# arches = ["arm"]
# guest = "./crash.sh"
# verdict = "panic"
# dmesg = [
#     "sysrq: Trigger a crash",
#     "Kernel panic - not syncing: sysrq triggered crash",
#     "{any}panic from {any}",
# ]
# [/lkmc]
echo c > /proc/sysrq-trigger
echo 'not reached'
