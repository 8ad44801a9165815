#!/bin/sh
# Show by which way the kernel came to a function: ftrace with a stack trace for every call.
#
# The function tracer names the caller. With the option func_stack_trace it writes down the whole stack, from the
# function back to the system call, at each call. So it answers "who on earth calls this?" in a running system. It is
# expensive: always set a filter first.
#
# Read from the bottom: dd made the system call read, which went through the virtual file system (vfs_read) and the
# helper for generated files (seq_read_iter) to the function that makes the text of /proc/uptime.
#
# On riscv64 the kernel leaves out the two innermost functions: it takes them for the tracer's.
#
# The same is possible for any trace event: `echo stacktrace > events/SYSTEM/EVENT/trigger`.
#
# Sources: kernel documentation, trace/ftrace.rst, "func_stack_trace".
#
# [lkmc]
# kconfig = ["FUNCTION_TRACER=y", "DYNAMIC_FTRACE=y", "STACKTRACE=y"]
#
# [[lkmc.run]]
# arches = ["x86_64", "aarch64", "arm"]
# guest = "./ftrace_stack.sh"
# stdout-has = [
#     '{any}: uptime_proc_show <-seq_read_iter',
#     '{any}: <stack trace>',
#     ' => uptime_proc_show',
#     ' => seq_read_iter',
#     ' => vfs_read',
#     ' => ksys_read',
# ]
#
# [[lkmc.run]]
# name = "riscv64"
# arches = ["riscv64"]
# guest = "./ftrace_stack.sh"
# stdout-has = [
#     '{any}: uptime_proc_show <-seq_read_iter',
#     '{any}: <stack trace>',
#     ' => vfs_read',
#     ' => ksys_read',
# ]
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo uptime_proc_show > set_ftrace_filter
echo 1 > options/func_stack_trace
echo function > current_tracer

dd if=/proc/uptime of=/dev/null bs=100 count=1 2> /dev/null

echo 0 > tracing_on
echo 0 > options/func_stack_trace
grep -v '^#' trace
