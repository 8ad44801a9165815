#!/bin/sh
# See one interrupt come by with the kernel's own module dummy-irq.
#
# dummy-irq is a diagnostic module of the kernel (drivers/misc/dummy-irq.c): it puts a handler beside
# those of the real drivers on one shared interrupt line, given as irq=N, and logs the first
# interrupt that it sees. It logs no more than one by design, a flag in the handler sees to that.
#
# What to notice:
# - Which line? The driver of QEMU's educational device (kernel_modules/qemu_edu.c) has one, and
#   /proc/interrupts says its number. Unlike a keyboard or a serial port it interrupts when told to
#   and not before, so that the log shows cause and effect: registered, still silent, raised, seen.
#   On the keyboard's line dummy-irq tends to report at once, because an interrupt was pending there.
# - For a message-signalled interrupt it would be refused: such an interrupt is not shared. Hence
#   msi=0.
# - A line that nobody else listens to is no good either: dummy-irq says IRQ_NONE, "not mine", and
#   nobody would silence the device.
#
# kernel_modules/irq.c does this for all lines at once.
#
# [lkmc]
# kconfig = ["DUMMY_IRQ=m", "DEBUG_FS=y", "PCI=y"]
# modules = ["../../kernel_modules/qemu_edu.c"]
# tree-modules = ["drivers/misc/dummy-irq.ko"]
#
# [lkmc.machine]
# qemu-args = ["-device", "edu,dma_mask=0xffffffff"]
#
# [[lkmc.run]]
# guest = "sh dummy_irq.sh"
# stdout = "line {dec:line}\n"
# dmesg = [
#     "dummy-irq: registered for IRQ {dec:line}",
#     "now the device interrupts",
#     "dummy-irq: interrupt occurred on IRQ {dec:line}",
#     "dummy-irq unloaded",
# ]
# [/lkmc]
set -e
insmod qemu_edu.ko msi=0 dma_bits=32
line=$(awk '/lkmc_qemu_edu/ { print $1 + 0 }' /proc/interrupts)
echo "line $line"
insmod dummy-irq.ko irq="$line"
echo 'now the device interrupts' > /dev/kmsg
echo 1 > /sys/kernel/debug/lkmc_qemu_edu/interrupt
echo 1 > /sys/kernel/debug/lkmc_qemu_edu/interrupt
rmmod dummy_irq
rmmod qemu_edu
