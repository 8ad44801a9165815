// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take the interrupt table away and cause an exception: the processor cannot report it and resets the machine.
 *
 * An exception whose handler cannot be entered becomes a double fault. If that one's handler cannot be entered either, the
 * processor shuts down, and a PC answers that with a reset. The kernel never gets to print anything. QEMU, started with
 * -no-reboot, ends instead of resetting; lkmc tells this from a reboot that the kernel was asked for, which announces itself.
 *
 * There is no such thing on the ARMs: an exception there is a jump to a fixed address, which can always be made.
 *
 * Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 3, "Interrupt 8 - Double Fault Exception".
 *
 * [lkmc]
 * arches = ["x86_64"]
 * [[lkmc.run]]
 * guest = "insmod crash_triple_fault.ko"
 * verdict = "panic"
 * dmesg = ["crash_triple_fault: the last line"]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/printk.h>

#include <asm/desc.h>

static int __init crash_triple_fault_init(void)
{
	/* A table of one byte has no entries. */
	const struct desc_ptr nothing = { .size = 0, .address = 0 };

	pr_info("crash_triple_fault: the last line\n");
	local_irq_disable();
	load_idt(&nothing);
	asm volatile("int3");
	return 0;
}

static void __exit crash_triple_fault_exit(void)
{
}

module_init(crash_triple_fault_init);
module_exit(crash_triple_fault_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Reset the machine by a triple fault");
