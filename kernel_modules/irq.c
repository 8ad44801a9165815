// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listen in on every interrupt line that lets us.
 *
 * Several devices may share an interrupt line, if all their drivers agree to (IRQF_SHARED). When
 * the line fires the kernel calls all handlers in turn, and each looks whether its own device was
 * the cause. This module has no device: it puts a handler on every line, notes what comes by, and
 * answers IRQ_NONE, "not mine".
 *
 * For something to come by, the driver of QEMU's educational device (qemu_edu.c) is loaded first,
 * with a classic interrupt line, and told to interrupt. /proc/interrupts then names both on one
 * line.
 *
 * What to notice:
 * - Lines whose owner does not share are refused with -16 (EBUSY); the kernel logs `Flags
 *   mismatch`, naming the owner. Message-signalled interrupts (MSI) belong to one device and are
 *   never shared.
 * - A handler has no process to run in and may not sleep; this one counts, and logs the first
 *   interrupt of each line only. Printing every one of a busy line would leave no time for else.
 * - free_irq() needs to know which of the handlers to take away: hence the last argument of
 *   request_irq(), which must be given and different for each sharer.
 * - If nobody says IRQ_HANDLED to thousands of interrupts in a row the kernel switches the line off
 *   (`nobody cared`). The edu driver does acknowledge its own, so that cannot happen here.
 *
 * The numbers are Linux's own. Which pin of which interrupt controller is behind one stands in
 * /proc/interrupts; on x86_64 1 is the keyboard and 12 the mouse, if the machine has them.
 *
 * The kernel has a module that does this for one line, dummy-irq (irq=N): it logs the first
 * interrupt that it sees, and by a flag in its handler no more than that. The second run puts it on
 * the edu device's line: registered, still silent, told to interrupt, seen. On the keyboard's line
 * it seems to fire at once, because there is always a key that is let go. It acknowledges nothing,
 * so the driver whose device interrupts must stay loaded.
 *
 * Sources: kernel documentation, core-api/genericirq; drivers/misc/dummy-irq.c.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y", "PCI=y", "DUMMY_IRQ=m"]
 * modules = ["qemu_edu.c"]
 * tree-modules = ["drivers/misc/dummy-irq.ko"]
 *
 * [lkmc.machine]
 * qemu-args = ["-device", "edu,dma_mask=0xffffffff"]
 *
 * [[lkmc.run]]
 * name = "irq"
 * guest = """
 * insmod qemu_edu.ko msi=0 dma_bits=32
 * insmod irq.ko
 * edu=$(echo /sys/kernel/debug/lkmc_qemu_edu/0*)
 * number=$(awk '/lkmc_qemu_edu, lkmc_irq/ { print $1 + 0 }' /proc/interrupts)
 * echo the line is $number
 * echo 1 > $edu/interrupt
 * echo 2 > $edu/interrupt
 * grep "^$number " /sys/kernel/debug/lkmc_irq
 * rmmod irq
 * rmmod qemu_edu
 * """
 * stdout = """
 * the line is {dec:line}
 * {dec:line} 2
 * """
 * dmesg = [
 *     "irq: {dec} lines shared with us, {dec} refused, {dec} of them busy",
 *     "irq: first interrupt on line {dec:line}",
 *     "irq: off",
 * ]
 *
 * [[lkmc.run]]
 * name = "dummy-irq"
 * guest = """
 * insmod qemu_edu.ko msi=0 dma_bits=32
 * edu=$(echo /sys/kernel/debug/lkmc_qemu_edu/0*)
 * line=$(awk '/lkmc_qemu_edu/ { print $1 + 0 }' /proc/interrupts)
 * echo the line is $line
 * insmod dummy-irq.ko irq=$line
 * echo now the device interrupts > /dev/kmsg
 * echo 1 > $edu/interrupt
 * echo 2 > $edu/interrupt
 * cat $edu/interrupts
 * rmmod dummy_irq
 * rmmod qemu_edu
 * """
 * stdout = "the line is {dec:line}\n2\n"
 * dmesg = [
 *     "dummy-irq: registered for IRQ {dec:line}",
 *     "now the device interrupts",
 *     "dummy-irq: interrupt occurred on IRQ {dec:line}",
 *     "dummy-irq unloaded",
 * ]
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/interrupt.h>
#include <linux/irqnr.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/version.h>

#define LINES 256

/* Each line's counter is also the cookie by which its handler is known. */
static struct {
	bool ours;
	atomic_t count;
} lines[LINES];
static struct dentry *file;

static irqreturn_t irq_handler(int irq, void *count)
{
	if (atomic_inc_return(count) == 1)
		pr_info("irq: first interrupt on line %d\n", irq);
	return IRQ_NONE;
}

static int irq_show(struct seq_file *seq, void *unused)
{
	int i;

	for (i = 0; i < LINES; i++)
		if (lines[i].ours)
			seq_printf(seq, "%d %d\n", i, atomic_read(&lines[i].count));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(irq);

static int lines_there(void)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	return irq_get_nr_irqs();
#else
	return nr_irqs;
#endif
}

static int __init irq_demo_init(void)
{
	int i, error, shared = 0, refused = 0, busy = 0;

	for (i = 0; i < min(LINES, lines_there()); i++) {
		error = request_irq(i, irq_handler, IRQF_SHARED, "lkmc_irq", &lines[i].count);
		lines[i].ours = !error;
		shared += !error;
		refused += !!error;
		busy += error == -EBUSY;
	}
	pr_info("irq: %d lines shared with us, %d refused, %d of them busy\n", shared, refused,
		busy);
	file = debugfs_create_file("lkmc_irq", 0400, NULL, NULL, &irq_fops);
	return 0;
}

static void __exit irq_demo_exit(void)
{
	int i;

	debugfs_remove(file);
	for (i = 0; i < LINES; i++)
		if (lines[i].ours)
			free_irq(i, &lines[i].count);
	pr_info("irq: off\n");
}

module_init(irq_demo_init);
module_exit(irq_demo_exit);
MODULE_DESCRIPTION("A listener on every shared interrupt line");
MODULE_LICENSE("GPL");
