#!/bin/sh
# Make a trace event out of any kernel function, with its arguments, at run time: kprobe events.
#
# A kprobe is a breakpoint that the kernel sets in itself. Without a module and without a rebuild, one line written to
# kprobe_events puts one on a function and says what to record when it is hit:
#
#     p:lkmc/open do_sys_openat2 dfd=%di:s32 name=+0(%si):ustring
#     |      |          |         |          +- the string that the second argument points to, in user memory
#     |      |          |         +- first argument: a register, seen as a signed 32-bit number
#     |      |          +- where: a symbol, or symbol+offset
#     |      +- the event's name: events/lkmc/open
#     +- p: at the function's entry (r: at its return, see kretprobe_events.sh)
#
# In which register an argument is passed is the calling convention of the architecture, so the script has to know it.
# x86_64 and aarch64 kernels also take $arg1 and $arg2; arm kernels do not.
#
# The function is what open(2), openat(2) and creat(2) end in. dfd=-100 is AT_FDCWD: "from the working directory".
#
# Not on riscv64: a breakpoint in the kernel is handled there as a non-maskable interrupt, and in one of those nothing can be
# written into the trace buffer (CONFIG_ARCH_HAVE_NMI_SAFE_CMPXCHG is not set). The probe counts its hits, in kprobe_profile.
#
# Sources: kernel documentation, trace/kprobetrace.rst.
#
# [lkmc]
# arches = ["x86_64", "aarch64", "arm"]
# kconfig = ["KPROBE_EVENTS=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./kprobe_events.sh"
# stdout = '''
# {any}-{dec:cat} {any} [000] {word}  {any}{dec}.{dec}: open: ({any}do_sys_openat2+{any}) dfd=-100 name="/etc/hostname"
# {any}-{dec:cat} {any} [000] {word}  {any}{dec}.{dec}: open: ({any}do_sys_openat2+{any}) dfd=-100 name="/no/such/file"
# '''
# stderr = "cat: can't open '/no/such/file': No such file or directory\n"
# [/lkmc]
set -e
cd /sys/kernel/tracing

case $(uname -m) in
x86_64) first=%di second=%si ;;
aarch64) first=%x0 second=%x1 ;;
arm*) first=%r0 second=%r1 ;;
esac

echo "p:lkmc/open do_sys_openat2 dfd=$first:s32 name=+0($second):ustring" > kprobe_events
# Only what cat opens: every event can be filtered by its fields and by the task's name.
echo 'comm == "cat"' > events/lkmc/open/filter
echo 1 > events/lkmc/open/enable

cat /etc/hostname /no/such/file > /dev/null || true

echo 0 > events/lkmc/open/enable
grep -v '^#' trace
# An event can be removed once it is off. >> matters: opening the file with > removes all events first.
echo '-:lkmc/open' >> kprobe_events
