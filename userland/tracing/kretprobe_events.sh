#!/bin/sh
# Record what a kernel function returns: kretprobe events.
#
# A return probe breaks at the function's entry, puts the address of a trampoline in place of the return address, and
# so gets control when the function returns, whichever `return` it took. `$retval` is what it returned, and `:s32`
# shows it as the signed number that C has: a file descriptor, or a negated error number. -2 is -ENOENT, "No such file
# or directory".
#
# The arrow in the output says where the function returned to: the system call that called it.
#
# Not on riscv64, see kprobe_events.sh.
#
# Sources: kernel documentation, trace/kprobetrace.rst and trace/kprobes.rst.
#
# [lkmc]
# arches = ["x86_64", "aarch64", "arm"]
# kconfig = ["KPROBE_EVENTS=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./kretprobe_events.sh"
# stdout = '''
# {any}-{dec:cat} {any} [000] {word}  {any}{dec}.{dec}: opened: ({any} <- do_sys_openat2) fd=3
# {any}-{dec:cat} {any} [000] {word}  {any}{dec}.{dec}: opened: ({any} <- do_sys_openat2) fd=-2
# '''
# stderr = "cat: can't open '/no/such/file': No such file or directory\n"
# [/lkmc]
set -e
cd /sys/kernel/tracing

echo 'r:lkmc/opened do_sys_openat2 fd=$retval:s32' > kprobe_events
echo 'comm == "cat"' > events/lkmc/opened/filter
echo 1 > events/lkmc/opened/enable

cat /etc/hostname /no/such/file > /dev/null || true

echo 0 > events/lkmc/opened/enable
grep -v '^#' trace
echo '-:lkmc/opened' >> kprobe_events
