#!/bin/sh
# What becomes of the words on the kernel's command line.
#
# The boot loader (here QEMU) hands the kernel a line of text. Words that the kernel or a built-in driver knows, like
# `console=` or `panic=`, are parameters: code registers them with __setup(), early_param() or module_param(). What
# nobody knows is not an error, it is meant for init: `NAME=VALUE` becomes a variable of its environment, a word
# without `=` an argument, and everything behind `--` an argument in any case.
#
# Notice all three places: the whole line in /proc/cmdline, our variable in the environment of process 1, and a
# parameter that the kernel took (the panic time-out) in /proc/sys.
#
# Sources: kernel documentation, admin-guide/kernel-parameters.rst; kernel source, init/main.c, "unknown_bootoption".
#
# [lkmc]
# machine.kernel-args = ["lkmc_answer=42", "panic=-1"]
#
# [[lkmc.run]]
# guest = "./cmdline.sh"
# stdout = '''
# {any}lkmc_answer=42 panic=-1{any}
# environment of init: lkmc_answer=42
# panic: -1
# '''
# [/lkmc]
set -e

cat /proc/cmdline
echo "environment of init: $(tr '\0' '\n' < /proc/1/environ | grep '^lkmc_')"
echo "panic: $(cat /proc/sys/kernel/panic)"
