#!/bin/sh
# Change a variable of a running process by its physical address, through /dev/mem.
#
# The experiment proves what virtual memory is. A program prints the virtual address of a variable that holds
# 0x12345678, and waits until the value changes. We
#
#     1. translate the address with virt_to_phys_user, which reads the process's page tables from /proc/PID/pagemap;
#     2. read the physical address with devmem: it holds 0x12345678;
#     3. write 0x9abcdef0 there: the program sees its variable change, and ends.
#
# /dev/mem is physical memory as a file; devmem maps the page with mmap(2). A kernel built with CONFIG_STRICT_DEVMEM,
# as most are, lets nobody map RAM that way, because whoever can do this can do anything. The laboratory's kernel is
# built without.
#
# On x86 a second condition holds: devmem wants the memory uncached, and with page attribute tables (PAT) the kernel
# refuses to map RAM uncached that it uses cached itself. The boot parameter `nopat` turns that off; Arm ignores it.
#
# On Arm nobody checks: here one page is mapped twice with attributes that contradict each other, cached by the kernel
# and uncached by devmem. What such a page then holds is for the caches to decide (Arm ARM DDI 0487, "Mismatched memory
# attributes"). QEMU and gem5's AtomicSimpleCPU have none that could disagree; on real hardware it is a mistake.
#
# QEMU's monitor sees the same: `./lkmc vm monitor` with `xp 0xADDRESS`.
#
# Sources: mem(4); kernel documentation, admin-guide/mm/pagemap.rst; kernel source, drivers/char/mem.c.
#
# [lkmc]
# kconfig = ["DEVMEM=y", "STRICT_DEVMEM=n", "PROC_PAGE_MONITOR=y"]
# companion = ["../posix/virt_to_phys_test.c", "../linux/virt_to_phys_user.c"]
# machine.kernel-args = ["nopat"]
#
# [[lkmc.run]]
# guest = "./devmem.sh"
# stdout = '''
# virtual 0x{hex}, physical 0x{hex}
# before: 0x12345678
# the program says: i 9abcdef0
# '''
# [/lkmc]
set -e

# The program writes into a pipe, so we can wait for its lines.
mkfifo lines
./virt_to_phys_test > lines &
exec 3< lines
read -r _ virtual <&3
read -r _ pid <&3

physical=$(./virt_to_phys_user "$pid" "$virtual")
echo "virtual $virtual, physical $physical"
echo "before: $(devmem "$physical" 32)"

devmem "$physical" 32 0x9abcdef0

read -r line <&3
echo "the program says: $line"
wait
