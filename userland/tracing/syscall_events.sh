#!/bin/sh
# Record system calls with their arguments and results, for the whole machine, with trace events.
#
# Every system call has two events, events/syscalls/sys_enter_NAME and sys_exit_NAME. It is what strace shows, but
# strace stops a process twice per call, and these write a record into a ring buffer and go on; and they see all
# processes. `events/syscalls/sys_enter_kill/format` says what fields the record has, and those are also what a filter
# may name.
#
# The shell asks with signal 0 whether two processes exist: itself, and one that cannot (process ids end below 2^22).
# Numbers in the trace are hexadecimal: 0x3fffff is 4194303, and the second result is -3, -ESRCH, "No such process".
#
# Sources: kernel documentation, trace/events.rst.
#
# [lkmc]
# kconfig = ["FTRACE_SYSCALLS=y"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./syscall_events.sh"
# stdout = '''
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: sys_kill(pid: {any}{hex}, sig: 0)
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: sys_kill -> 0x0
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: sys_kill(pid: {any}3fffff, sig: 0)
# {any}-{dec:self} {any} [000] {word}  {any}{dec}.{dec}: sys_kill -> 0x{any}fffffffd
# '''
# [/lkmc]
set -e
cd /sys/kernel/tracing/events/syscalls

# Only this shell's: fields and task properties can be combined.
echo "common_pid == $$ && sig == 0" > sys_enter_kill/filter
echo "common_pid == $$" > sys_exit_kill/filter
echo 1 > sys_enter_kill/enable
echo 1 > sys_exit_kill/enable

kill -0 $$
! kill -0 4194303 2> /dev/null

echo 0 > sys_enter_kill/enable
echo 0 > sys_exit_kill/enable
grep -v '^#' ../../trace
