#!/bin/sh
# Watch interrupts being counted in /proc/interrupts.
#
# One line per interrupt: its number in Linux, one count per processor, the interrupt controller, the number and kind
# (edge or level) on that controller, and who handles it. Below come interrupts that are not a device's: on x86 the
# local timer is the line LOC, on Arm the timer of the architecture is an ordinary line, arch_timer.
#
# A sleeping process is woken by a timer, and on an idle machine that timer is an interrupt. So the timer's count must
# have grown after a sleep, and does. `watch -n 1 cat /proc/interrupts` shows what else goes on: the serial port
# (ttyS0, uart-pl011) counts when you type.
#
# Sources: proc(5); kernel source, kernel/irq/proc.c, "show_interrupts".
#
# [lkmc]
# machine.cpus = 1
#
# [[lkmc.run]]
# guest = "./interrupts.sh"
# arches = ["x86_64"]
# stdout = '''
# {any}LOC: {any}Local timer interrupts
# after a sleep it has grown: yes
# '''
#
# [[lkmc.run]]
# guest = "./interrupts.sh"
# arches = ["riscv64"]
# stdout = '''
# {any}: {any}RISC-V INTC{any} riscv-timer
# after a sleep it has grown: yes
# '''
#
# [[lkmc.run]]
# guest = "./interrupts.sh"
# arches = ["aarch64", "arm"]
# stdout = '''
# {any}: {any}GIC{any} Level {any}arch_timer
# after a sleep it has grown: yes
# '''
# [/lkmc]
set -e

timer_line()
{
	grep -E 'LOC:|arch_timer$|riscv-timer$' /proc/interrupts | head -n 1
}
# Word 2 is the count of the only processor.
timer_count()
{
	set -- $(timer_line)
	echo "$2"
}

timer_line
before=$(timer_count)
usleep 50000
after=$(timer_count)
if [ "$after" -gt "$before" ]; then
	echo 'after a sleep it has grown: yes'
else
	echo "after a sleep it has grown: no, $before to $after"
fi
