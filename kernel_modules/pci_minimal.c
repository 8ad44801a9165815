// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The shortest way from a line of lspci to an interrupt: a PCI driver of a few steps.
 *
 * 1. `lspci` lists `00:05.0 Class 00ff: 1234:11e8`. 00:05.0 is where: bus 0, device 5, function 0.
 *    1234:11e8 is what: vendor and device number, here QEMU's educational device. The firmware or
 *    the kernel found it by asking every possible place for these numbers.
 * 2. The module's table says "I drive 1234:11e8". The kernel compares each device with each table
 *    and calls probe(). From now on `lspci -k` names the driver.
 * 3. pci_enable_device() switches the device on. Until then it does not answer at its addresses.
 * 4. The device said how much address space it wants (BAR 0, 1 MiB), and was given an address, as
 *    /sys/bus/pci/devices/.../resource shows. pci_iomap() makes it reachable.
 * 5. pci_alloc_irq_vectors() chooses the best kind of interrupt that both sides can, request_irq()
 *    says which function to call.
 * 6. A write to a register of this device makes it interrupt. Real devices do so when a packet has
 *    come or a block is read.
 *
 * All steps are undone in the reverse order, when the module goes as well as when one of them
 * fails; qemu_edu.c leaves most of that to the kernel, and does more with the device.
 *
 * probe() is called for each device that matches, so what belongs to one device is not in global
 * variables: pci_set_drvdata() attaches a structure to the device, pci_get_drvdata() finds it again.
 * A device may also go while the module stays, by being pulled out. Writing to `remove` in /sys does
 * the same without pulling, and `rescan` asks all places again.
 *
 * Sources: kernel documentation, PCI/pci; the registers are in qemu_edu.h.
 *
 * [lkmc]
 * kconfig = ["PCI=y"]
 *
 * [lkmc.machine]
 * qemu-args = ["-device", "edu"]
 *
 * [[lkmc.run]]
 * guest = """
 * lspci | grep -o 'Class 00ff: 1234:11e8'
 * insmod pci_minimal.ko
 * lspci -k | grep -o '1234:11e8.*lkmc.*'
 * rmmod pci_minimal
 * """
 * stdout = """
 * Class 00ff: 1234:11e8
 * 1234:11e8 lkmc_pci_minimal
 * """
 * dmesg = [
 *     "lkmc_pci_minimal {word:where}: probe: 1234:11e8",
 *     "lkmc_pci_minimal {word:where}: BAR 0: 0x100000 bytes at 0x{hex}",
 *     "lkmc_pci_minimal {word:where}: register 0 reads 0x10000ed",
 *     "lkmc_pci_minimal {word:where}: interrupt, status 0x1",
 *     "lkmc_pci_minimal {word:where}: interrupted: yes",
 *     "lkmc_pci_minimal {word:where}: remove",
 * ]
 *
 * [[lkmc.run]]
 * name = "two devices, one of which goes and comes back"
 * machine = { qemu-args = ["-device", "edu", "-device", "edu"] }
 * guest = """
 * insmod pci_minimal.ko
 * cd /sys/bus/pci/drivers/lkmc_pci_minimal
 * devices=$(echo *:*)
 * for device in $devices; do echo 1 > $device/remove; break; done
 * [ "$(echo *:*)" != "$devices" ]
 * echo 1 > /sys/bus/pci/rescan
 * [ "$(echo *:*)" = "$devices" ]
 * rmmod pci_minimal
 * """
 * dmesg = [
 *     "lkmc_pci_minimal {word:first}: interrupted: yes",
 *     "lkmc_pci_minimal {word:second}: interrupted: yes",
 *     "lkmc_pci_minimal {word:first}: remove",
 *     "lkmc_pci_minimal {word:first}: probe: 1234:11e8",
 *     "lkmc_pci_minimal {word:first}: interrupted: yes",
 *     "lkmc_pci_minimal {word:second}: remove",
 * ]
 * [/lkmc]
 */

#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include "qemu_edu.h"

/* One for each device that the driver has. */
struct pci_minimal {
	void __iomem *registers;
	struct completion interrupted;
};

static irqreturn_t pci_minimal_handler(int irq, void *data)
{
	struct pci_dev *pci = data;
	struct pci_minimal *minimal = pci_get_drvdata(pci);
	u32 status = readl(minimal->registers + EDU_INTERRUPT_STATUS);

	if (!status)
		return IRQ_NONE;
	pci_info(pci, "interrupt, status 0x%x\n", status);
	writel(status, minimal->registers + EDU_INTERRUPT_ACKNOWLEDGE);
	complete(&minimal->interrupted);
	return IRQ_HANDLED;
}

static int pci_minimal_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct pci_minimal *minimal;
	int error;

	pci_info(pci, "probe: %04x:%04x\n", pci->vendor, pci->device);
	minimal = kzalloc(sizeof(*minimal), GFP_KERNEL);
	if (!minimal)
		return -ENOMEM;
	init_completion(&minimal->interrupted);
	pci_set_drvdata(pci, minimal);
	error = pci_enable_device(pci);
	if (error)
		goto free;
	/* Message-signalled interrupts are writes to memory, which a device must be allowed. */
	pci_set_master(pci);
	error = pci_request_region(pci, 0, KBUILD_MODNAME);
	if (error)
		goto disable;

	pci_info(pci, "BAR 0: 0x%llx bytes at 0x%llx\n", (u64)pci_resource_len(pci, 0),
		 (u64)pci_resource_start(pci, 0));
	minimal->registers = pci_iomap(pci, 0, 0);
	if (!minimal->registers) {
		error = -ENOMEM;
		goto release;
	}
	pci_info(pci, "register 0 reads 0x%x\n", readl(minimal->registers + EDU_ID));

	error = pci_alloc_irq_vectors(pci, 1, 1, PCI_IRQ_ALL_TYPES);
	if (error < 0)
		goto unmap;
	error = request_irq(pci_irq_vector(pci, 0), pci_minimal_handler, IRQF_SHARED,
			    "lkmc_pci_minimal", pci);
	if (error)
		goto free_vectors;
	writel(1, minimal->registers + EDU_INTERRUPT_RAISE);
	pci_info(pci, "interrupted: %s\n",
		 wait_for_completion_timeout(&minimal->interrupted, 5 * HZ) ? "yes" : "no");
	return 0;

free_vectors:
	pci_free_irq_vectors(pci);
unmap:
	pci_iounmap(pci, minimal->registers);
release:
	pci_release_region(pci, 0);
disable:
	pci_disable_device(pci);
free:
	kfree(minimal);
	return error;
}

static void pci_minimal_remove(struct pci_dev *pci)
{
	struct pci_minimal *minimal = pci_get_drvdata(pci);

	pci_info(pci, "remove\n");
	free_irq(pci_irq_vector(pci, 0), pci);
	pci_free_irq_vectors(pci);
	pci_iounmap(pci, minimal->registers);
	pci_release_region(pci, 0);
	pci_disable_device(pci);
	kfree(minimal);
}

static const struct pci_device_id pci_minimal_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, pci_minimal_ids);

static struct pci_driver pci_minimal_driver = {
	.name = "lkmc_pci_minimal",
	.id_table = pci_minimal_ids,
	.probe = pci_minimal_probe,
	.remove = pci_minimal_remove,
};
module_pci_driver(pci_minimal_driver);

MODULE_DESCRIPTION("From lspci to an interrupt");
MODULE_LICENSE("GPL");
