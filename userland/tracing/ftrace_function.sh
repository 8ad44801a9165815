#!/bin/sh
# Record the calls of one kernel function, and who called it, with ftrace's function tracer.
#
# The compiler left room for a call at the start of nearly every kernel function. The kernel overwrites that room with
# no-operations at boot, so it costs next to nothing, and turns it into a call to the tracer when you ask for it. All
# is done by writing to the files of tracefs:
#
#     current_tracer      which tracer; `nop` is none
#     set_ftrace_filter   functions to record; empty means all of them, tens of thousands
#     tracing_on          whether the ring buffer takes records
#     trace               the ring buffer as text; writing to it empties it
#
# Notice in the output: `cat-123` is the task (name and process id), `[000]` the processor (this machine has one), then flags
# and the time, and after the arrow the caller. Reading /proc/uptime twice calls the function that makes its text twice.
# `available_filter_functions` lists what can be traced.
#
# Sources: kernel documentation, trace/ftrace.rst.
#
# [lkmc]
# kconfig = ["FUNCTION_TRACER=y", "DYNAMIC_FTRACE=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./ftrace_function.sh"
# stdout = '''
# uptime_proc_show
# {any}-{dec} {any} [000] {word}  {any}{dec}.{dec}: uptime_proc_show <-seq_read_iter
# {any}-{dec} {any} [000] {word}  {any}{dec}.{dec}: uptime_proc_show <-seq_read_iter
# '''
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo 0 > tracing_on
echo uptime_proc_show > set_ftrace_filter
cat set_ftrace_filter
echo function > current_tracer

echo 1 > tracing_on
cat /proc/uptime > /dev/null
cat /proc/uptime > /dev/null
echo 0 > tracing_on

grep -v '^#' trace
