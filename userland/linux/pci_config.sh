#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Read and change a PCI device's registers from the shell, with no driver at all.
#
# Every PCI device has a configuration space: 256 bytes or more that answer before anything is set up, because they are reached
# by the device's place on the bus and not by an address. What the first 64 mean is the same for all: at 0 the vendor's number and
# the device's, at 4 the command register with the switches, from 16 on the base address registers (BARs), which say where the
# device's own registers and memory appear. The kernel hands it out as the file `config` of each device in /sys; `setpci` and
# `lspci -xxx` of the pciutils read and write the same.
#
# What to notice:
# - Bit 1 of the command register lets the device answer at its BARs. Who reads there while it is off, or from a device that has
#   been pulled out, gets what comes when nobody answers: all ones on real machines, which a driver has to expect; zeros on
#   QEMU's PC.
# - The lowest four bits of a BAR are no address: they say what kind of area it is.
# - `enable` in /sys does what a driver does by pci_enable_device(). It takes no note of what is written to `config`.
# - `devmem` maps a physical address by /dev/mem. The first register of QEMU's edu device is its version.
#
# Sources: kernel documentation, PCI/sysfs-pci; QEMU documentation, specs/edu. With a driver: kernel_modules/pci_minimal.c; with an
# interrupt, from a program: userland/kernel_modules/uio_read.c.
#
# [lkmc]
# kconfig = ["PCI=y", "DEVMEM=y"]
#
# [lkmc.machine]
# qemu-args = ["-device", "edu"]
#
# [[lkmc.run]]
# guest = "./pci_config.sh"
# stdout = """
# vendor 0x1234, device 0x11e8
# command 0x0000: nobody answers
# command 0x{hex}: version 1.0 answers
# """
# [/lkmc]

for device in /sys/bus/pci/devices/*; do
	[ "$(cat "$device/vendor" "$device/device" | tr '\n' ' ')" != '0x1234 0x11e8 ' ] || break
done

# What stands at an offset, so many bytes wide.
get() {
	dd if="$device/config" bs="$2" skip=$(($1 / $2)) count=1 status=none | hexdump -e "1/$2 \"0x%0$(($2 * 2))x\""
}

answer() {
	first_register=$(devmem $(($(get 16 4) & ~15)) 32)
	case $first_register in
	0x00000000 | 0xFFFFFFFF) echo nobody answers ;;
	0x010000ED) echo version 1.0 answers ;;
	*) echo "$first_register" ;;
	esac
}

echo "vendor $(get 0 2), device $(get 2 2)"
printf '\0\0' | dd of="$device/config" bs=2 seek=2 conv=notrunc status=none
echo "command $(get 4 2): $(answer)"
echo 1 > "$device/enable"
echo "command $(get 4 2): $(answer)"
