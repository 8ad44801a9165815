#!/bin/sh
# Watch a function of an ordinary program, its arguments and its result, from outside: uprobe events.
#
# A uprobe is a breakpoint in a file: the kernel patches the page of every process that maps the file there, and
# records the hit without stopping anything. The program needs no debugger, no restart and no debug information. What
# is written to uprobe_events:
#
#     p:lkmc/add /lkmc/uprobe_target:0x12a4 a=%di:s32 b=%si:s32
#     |          |                   |      +- arguments, by the registers of the calling convention
#     |          |                   +- offset of the function's first instruction in the file
#     |          +- the program
#     +- p: at that instruction; r: when the function returns, with $retval
#
# Here the program says the offset itself; `nm` and `readelf -l` on the host say it too. Notice that both runs of the
# program hit the same probe: it belongs to the file, not to a process.
#
# Sources: kernel documentation, trace/uprobetracer.rst.
#
# [lkmc]
# kconfig = ["UPROBE_EVENTS=y"]
# companion = ["uprobe_target.c"]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./uprobe_events.sh"
# stdout = '''
# 5
# -4
# {any}-{dec:one} {any} [000] {word}  {any}{dec}.{dec}: add: (0x{hex:function}) a=2 b=3
# {any}-{dec:one} {any} [000] {word}  {any}{dec}.{dec}: added: (0x{hex:return} <- 0x{hex:function}) sum=5
# {any}-{dec:two} {any} [000] {word}  {any}{dec}.{dec}: add: (0x{hex:function}) a=-7 b=3
# {any}-{dec:two} {any} [000] {word}  {any}{dec}.{dec}: added: (0x{hex:return} <- 0x{hex:function}) sum=-4
# '''
# [/lkmc]
set -e
tracing=/sys/kernel/tracing
program=/lkmc/uprobe_target
offset=$($program offset)

case $(uname -m) in
x86_64) first=%di second=%si ;;
aarch64) first=%x0 second=%x1 ;;
arm*) first=%r0 second=%r1 ;;
riscv64) first=%a0 second=%a1 ;;
esac

echo "p:lkmc/add $program:$offset a=$first:s32 b=$second:s32" > $tracing/uprobe_events
echo "r:lkmc/added $program:$offset sum=\$retval:s32" >> $tracing/uprobe_events
echo 1 > $tracing/events/lkmc/enable

$program 2 3
$program -7 3

echo 0 > $tracing/events/lkmc/enable
grep -v '^#' $tracing/trace
echo > $tracing/uprobe_events
