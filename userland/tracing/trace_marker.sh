#!/bin/sh
# Write your own lines into the kernel's trace, between what the kernel did: trace_marker.
#
# What a program writes to trace_marker becomes a record of the ring buffer, with task and time like every other. So a
# trace of the kernel can say what the program was about at that moment: "request 7 begins", "request 7 done". In
# kernel code the same is trace_printk(), which takes a format like printk() and is far cheaper, because nothing is
# sent to a console.
#
# Here the function tracer runs at the same time, and the call of the kernel function stands between the two markers.
#
# Sources: kernel documentation, trace/ftrace.rst, "trace_marker".
#
# [lkmc]
# kconfig = ["FUNCTION_TRACER=y", "DYNAMIC_FTRACE=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./trace_marker.sh"
# stdout = '''
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: tracing_mark_write: before reading
# {any}-{dec} {any} [000] {word}  {any}{dec}.{dec}: version_proc_show <-seq_read_iter
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: tracing_mark_write: after reading
# '''
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo version_proc_show > set_ftrace_filter
echo function > current_tracer

echo 'before reading' > trace_marker
cat /proc/version > /dev/null
echo 'after reading' > trace_marker

grep -v '^#' trace
