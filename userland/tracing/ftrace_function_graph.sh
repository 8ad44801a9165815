#!/bin/sh
# Draw the call tree below one kernel function, with the time spent in each call, using ftrace's function_graph
# tracer.
#
# The function tracer sees functions being entered. This one also replaces the return address on the stack, so it sees
# them return as well, and can indent what was called in between and say how long it took:
#
#     0)               |  uptime_proc_show() {
#     0)   5.210 us    |    seq_printf();
#     0) + 25.012 us   |  }
#
# `set_graph_function` says where a tree begins, `max_graph_depth` how deep it goes (0: to the leaves). A mark before
# a duration says that it is long: `+` over 10 us, `!` over 100 us, `#` over 1 ms, `*` over 10 ms, `@` over 100 ms,
# `$` over 1 s. Under an emulator the numbers say little, and the shape of the tree says everything.
#
# Compare with fs/proc/uptime.c: every call that the source has and the compiler did not inline is there, in its
# order.
#
# Sources: kernel documentation, trace/ftrace.rst.
#
# [lkmc]
# kconfig = ["FUNCTION_GRAPH_TRACER=y", "DYNAMIC_FTRACE=y"]
#
# [[lkmc.run]]
# guest = "./ftrace_function_graph.sh"
# stdout-has = [
#     ' 0) {any}|  uptime_proc_show() {',
#     ' 0) {any}|    get_idle_time{any}',
#     ' 0) {any}|    seq_printf();',
#     ' 0) {any}|  }',
# ]
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo 0 > tracing_on
echo uptime_proc_show > set_graph_function
echo 2 > max_graph_depth
# Without this filter the kernel would patch all of its functions, which takes seconds under an emulator.
echo 'uptime_proc_show get_idle_time ktime_get* seq_*' > set_ftrace_filter
# A timer interrupt would draw its own calls into the tree.
echo 0 > options/funcgraph-irqs
echo function_graph > current_tracer

echo 1 > tracing_on
cat /proc/uptime > /dev/null
echo 0 > tracing_on

grep -v '^#' trace
