#!/bin/sh
# Count how often kernel functions are called, and how long they take, with ftrace's function profiler.
#
# Where a trace writes a record per call, the profiler only adds up: per processor, per function, number of calls,
# total and average time and variance. So it can run for long. The times include the functions that are called from
# there.
#
# trace_stat/function0 is the table of processor 0, here the only one, sorted by time. Reading /proc/uptime ten times is ten calls.
#
# Sources: kernel documentation, trace/ftrace.rst; kernel source, kernel/trace/ftrace.c, "function_stat_show".
#
# [lkmc]
# kconfig = ["FUNCTION_PROFILER=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./function_profile.sh"
# stdout-has = [
#     '  Function {any}Hit {any}Time {any}Avg {any}s^2{any}',
#     '  uptime_proc_show {any} 10 {any} us {any} us {any} us{any}',
# ]
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo 'uptime_proc_show version_proc_show' > set_ftrace_filter
echo 1 > function_profile_enabled
for _ in 1 2 3 4 5 6 7 8 9 10; do
	cat /proc/uptime > /dev/null
done
echo 0 > function_profile_enabled

cat trace_stat/function0
