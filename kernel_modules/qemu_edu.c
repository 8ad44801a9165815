// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drive a whole PCI device: registers, interrupts, and memory that it reads and writes by itself.
 *
 * QEMU has a device for learning, `-device edu`. It can invert a number, compute a factorial in the
 * background, interrupt, and copy between its own 4 KiB of memory and the machine's (DMA). This
 * driver makes each of these a file below /sys/kernel/debug/lkmc_qemu_edu, in a directory for each
 * such device, named by its place (`lspci -D`):
 *
 * - `id`: the device's register of that name, 0x10000ed.
 * - `liveness`: give it a number and read its complement; a first sign that the registers are
 *   mapped.
 * - `factorial`: give it a number. The device computes, interrupts, and the writer sleeps
 *   meanwhile.
 * - `interrupt`: give it bits. The device interrupts at once; reading says which bits came last.
 * - `interrupts`: how many interrupts were ours.
 * - `dma`: what is written goes to the device's memory by DMA, and is fetched from there on
 *   reading.
 *
 * What to notice:
 * - probe() is not called by insmod but because a device matches the table of IDs; without the
 *   device the module loads and does nothing. remove() undoes probe() in reverse.
 * - Registers are behind an address range that the device announced (BAR 0). They are reached with
 *   readl() and writel(), never through a plain pointer: order and width matter.
 * - The handler acknowledges, or the interrupt would come again at once, for ever. With INTx
 *   several devices share a line, so the handler first asks its device whether it was the one
 *   (IRQ_NONE).
 * - With MSI (`msi=1`, the default) the interrupt is a write to a magic address instead of a wire:
 *   no sharing, and it cannot overtake the device's other writes. /proc/interrupts shows which it
 *   is.
 * - DMA uses addresses as the *device* sees them; dma_alloc_coherent() gives a buffer with both.
 *   The device has a limit: plain edu drives 28 address lines and silently wraps above. Arm's
 *   `virt` boards have no memory so low, hence `dma_mask=` in the machine and `dma_bits=32` here.
 * - pci_set_master() allows the device to write to memory at all; MSI needs it too.
 *
 * QEMU's RISC-V board has no MSI as lkmc starts it: its interrupt controller is the PLIC, which knows
 * wires only. (It has another one, for `-machine virt,aia=aplic-imsic`, but with that of QEMU 7.2
 * Linux 6.12 does not get through its boot.)
 *
 * pci_minimal.c is the short version; irq.c and uio_read.c use the device too.
 *
 * Sources: QEMU documentation, specs/edu; kernel documentation, PCI/pci, PCI/msi-howto and
 * core-api/dma-api-howto.
 *
 * [lkmc]
 * kconfig = ["PCI=y", "PCI_MSI=y", "DEBUG_FS=y"]
 *
 * [lkmc.machine]
 * qemu-args = ["-device", "edu,dma_mask=0xffffffff"]
 *
 * [[lkmc.run]]
 * name = "msi"
 * arches = ["x86_64", "aarch64", "arm"]
 * guest = """
 * insmod qemu_edu.ko dma_bits=32
 * cd /sys/kernel/debug/lkmc_qemu_edu/0*
 * cat id
 * echo 0x12345678 > liveness; cat liveness
 * echo 10 > factorial; cat factorial
 * echo 0x42 > interrupt; cat interrupt
 * echo 'carried by the device' > dma; cat dma
 * cat interrupts
 * grep -c 'MSI.*lkmc_qemu_edu' /proc/interrupts
 * rmmod qemu_edu
 * """
 * stdout = """
 * 0x10000ed
 * 0xedcba987
 * 3628800
 * 0x42
 * carried by the device
 * 4
 * 1
 * """
 * dmesg = ["lkmc_qemu_edu 0000:{any}: version 1.0, MSI", "lkmc_qemu_edu 0000:{any}: removed"]
 *
 * [[lkmc.run]]
 * name = "intx"
 * guest = """
 * insmod qemu_edu.ko dma_bits=32 msi=0
 * cd /sys/kernel/debug/lkmc_qemu_edu/0*
 * echo 12 > factorial; cat factorial
 * echo 0x42 > interrupt; cat interrupt
 * echo 'and back' > dma; cat dma
 * cat interrupts
 * grep -c 'MSI.*lkmc_qemu_edu' /proc/interrupts || grep -c lkmc_qemu_edu /proc/interrupts
 * rmmod qemu_edu
 * """
 * stdout = """
 * 479001600
 * 0x42
 * and back
 * 4
 * 0
 * 1
 * """
 * dmesg = ["lkmc_qemu_edu 0000:{any}: version 1.0, INTx"]
 *
 * [[lkmc.run]]
 * name = "two devices"
 * machine = { qemu-args = ["-device", "edu,dma_mask=0xffffffff", "-device", "edu,dma_mask=0xffffffff"] }
 * guest = """
 * insmod qemu_edu.ko dma_bits=32 msi=0
 * cd /sys/kernel/debug/lkmc_qemu_edu
 * for device in *; do echo $device > $device/dma; done
 * for device in *; do cat $device/dma; done
 * rmmod qemu_edu
 * [ ! -e /sys/kernel/debug/lkmc_qemu_edu ]
 * """
 * stdout = "{word:first}\n{word:second}\n"
 * dmesg = [
 *     "lkmc_qemu_edu {word:first}: version 1.0, INTx",
 *     "lkmc_qemu_edu {word:second}: version 1.0, INTx",
 *     "lkmc_qemu_edu {word:second}: removed",
 * ]
 * [/lkmc]
 */

#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci.h>

#include "qemu_edu.h"

/* 6.8 renamed it. */
#ifndef PCI_IRQ_INTX
#define PCI_IRQ_INTX PCI_IRQ_LEGACY
#endif

static bool msi = true;
module_param(msi, bool, 0444);
MODULE_PARM_DESC(msi, "message-signalled interrupts instead of an interrupt line");

static unsigned int dma_bits = 28;
module_param(dma_bits, uint, 0444);
MODULE_PARM_DESC(dma_bits, "how many address lines the device drives");

struct qemu_edu {
	struct pci_dev *pci;
	void __iomem *registers;
	struct dentry *directory;
	/* One user at a time. */
	struct mutex lock;
	/* The handler has seen an interrupt of ours, and what it was. */
	struct completion interrupted;
	u32 interrupt_status;
	u32 interrupts;
	/* The same memory as the processor and as the device see it. */
	char *buffer;
	dma_addr_t buffer_dma;
	size_t stored;
};

/* With a directory for each device in it. */
static struct dentry *qemu_edu_root;

static irqreturn_t qemu_edu_handler(int irq, void *data)
{
	struct qemu_edu *edu = data;
	u32 status = readl(edu->registers + EDU_INTERRUPT_STATUS);

	if (!status)
		return IRQ_NONE;
	writel(status, edu->registers + EDU_INTERRUPT_ACKNOWLEDGE);
	edu->interrupt_status = status;
	edu->interrupts++;
	complete(&edu->interrupted);
	return IRQ_HANDLED;
}

/* Writes a register and sleeps until the interrupt that follows. Call with the lock held. */
static int qemu_edu_write_and_wait(struct qemu_edu *edu, u32 value, unsigned int where)
{
	reinit_completion(&edu->interrupted);
	writel(value, edu->registers + where);
	return wait_for_completion_timeout(&edu->interrupted, 5 * HZ) ? 0 : -ETIMEDOUT;
}

static int qemu_edu_dma(struct qemu_edu *edu, bool to_memory, size_t size)
{
	u32 command = EDU_DMA_START | EDU_DMA_INTERRUPT | (to_memory ? EDU_DMA_TO_MEMORY : 0);

	/* 32 bits are enough: dma_bits is at most that. */
	writel(to_memory ? EDU_BUFFER : edu->buffer_dma, edu->registers + EDU_DMA_SOURCE);
	writel(to_memory ? edu->buffer_dma : EDU_BUFFER, edu->registers + EDU_DMA_DESTINATION);
	writel(size, edu->registers + EDU_DMA_COUNT);
	return qemu_edu_write_and_wait(edu, command, EDU_DMA_COMMAND);
}

static int qemu_edu_id_get(void *data, u64 *value)
{
	struct qemu_edu *edu = data;

	*value = readl(edu->registers + EDU_ID);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(qemu_edu_id, qemu_edu_id_get, NULL, "0x%llx\n");

static int qemu_edu_liveness_get(void *data, u64 *value)
{
	struct qemu_edu *edu = data;

	*value = readl(edu->registers + EDU_LIVENESS);
	return 0;
}

static int qemu_edu_liveness_set(void *data, u64 value)
{
	struct qemu_edu *edu = data;

	writel(value, edu->registers + EDU_LIVENESS);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(qemu_edu_liveness, qemu_edu_liveness_get, qemu_edu_liveness_set,
			 "0x%llx\n");

static int qemu_edu_factorial_get(void *data, u64 *value)
{
	struct qemu_edu *edu = data;

	*value = readl(edu->registers + EDU_FACTORIAL);
	return 0;
}

static int qemu_edu_factorial_set(void *data, u64 value)
{
	struct qemu_edu *edu = data;
	int error;

	mutex_lock(&edu->lock);
	error = qemu_edu_write_and_wait(edu, value, EDU_FACTORIAL);
	mutex_unlock(&edu->lock);
	return error;
}
DEFINE_DEBUGFS_ATTRIBUTE(qemu_edu_factorial, qemu_edu_factorial_get, qemu_edu_factorial_set,
			 "%llu\n");

static int qemu_edu_interrupt_get(void *data, u64 *value)
{
	struct qemu_edu *edu = data;

	*value = READ_ONCE(edu->interrupt_status);
	return 0;
}

static int qemu_edu_interrupt_set(void *data, u64 value)
{
	struct qemu_edu *edu = data;
	int error;

	mutex_lock(&edu->lock);
	error = qemu_edu_write_and_wait(edu, value, EDU_INTERRUPT_RAISE);
	mutex_unlock(&edu->lock);
	return error;
}
DEFINE_DEBUGFS_ATTRIBUTE(qemu_edu_interrupt, qemu_edu_interrupt_get, qemu_edu_interrupt_set,
			 "0x%llx\n");

static ssize_t qemu_edu_dma_write(struct file *file, const char __user *from, size_t size,
				  loff_t *offset)
{
	struct qemu_edu *edu = file->private_data;
	int error;

	if (size == 0 || size > EDU_BUFFER_SIZE)
		return -EINVAL;
	mutex_lock(&edu->lock);
	error = copy_from_user(edu->buffer, from, size) ? -EFAULT : qemu_edu_dma(edu, false, size);
	edu->stored = error ? 0 : size;
	/* What is read later cannot be a left-over: it has been in the device. */
	memset(edu->buffer, 0, EDU_BUFFER_SIZE);
	mutex_unlock(&edu->lock);
	return error ? error : size;
}

static ssize_t qemu_edu_dma_read(struct file *file, char __user *to, size_t size, loff_t *offset)
{
	struct qemu_edu *edu = file->private_data;
	ssize_t result = 0;

	mutex_lock(&edu->lock);
	if (*offset == 0 && edu->stored)
		result = qemu_edu_dma(edu, true, edu->stored);
	if (!result)
		result = simple_read_from_buffer(to, size, offset, edu->buffer, edu->stored);
	mutex_unlock(&edu->lock);
	return result;
}

static const struct file_operations qemu_edu_dma_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.read = qemu_edu_dma_read,
	.write = qemu_edu_dma_write,
};

static void qemu_edu_create_files(struct qemu_edu *edu)
{
	struct dentry *directory = debugfs_create_dir(pci_name(edu->pci), qemu_edu_root);

	edu->directory = directory;
	debugfs_create_file("id", 0400, directory, edu, &qemu_edu_id);
	debugfs_create_file("liveness", 0600, directory, edu, &qemu_edu_liveness);
	debugfs_create_file("factorial", 0600, directory, edu, &qemu_edu_factorial);
	debugfs_create_file("interrupt", 0600, directory, edu, &qemu_edu_interrupt);
	debugfs_create_u32("interrupts", 0400, directory, &edu->interrupts);
	debugfs_create_file("dma", 0600, directory, edu, &qemu_edu_dma_fops);
}

static int qemu_edu_probe(struct pci_dev *pci, const struct pci_device_id *id)
{
	struct qemu_edu *edu;
	u32 version;
	int error;

	edu = devm_kzalloc(&pci->dev, sizeof(*edu), GFP_KERNEL);
	if (!edu)
		return -ENOMEM;
	edu->pci = pci;
	mutex_init(&edu->lock);
	init_completion(&edu->interrupted);
	pci_set_drvdata(pci, edu);

	/* What pcim_ and dmam_ functions get is given back when the device leaves us. */
	error = pcim_enable_device(pci);
	if (error)
		return error;
	error = pcim_iomap_regions(pci, BIT(0), KBUILD_MODNAME);
	if (error)
		return error;
	edu->registers = pcim_iomap_table(pci)[0];
	pci_set_master(pci);

	error = dma_set_mask_and_coherent(&pci->dev, DMA_BIT_MASK(min(dma_bits, 32u)));
	if (error)
		return dev_err_probe(&pci->dev, error, "no memory within %u bits\n", dma_bits);
	edu->buffer = dmam_alloc_coherent(&pci->dev, EDU_BUFFER_SIZE, &edu->buffer_dma, GFP_KERNEL);
	if (!edu->buffer)
		return -ENOMEM;

	error = pci_alloc_irq_vectors(pci, 1, 1, msi ? PCI_IRQ_MSI : PCI_IRQ_INTX);
	if (error < 0)
		return error;
	error = request_irq(pci_irq_vector(pci, 0), qemu_edu_handler, msi ? 0 : IRQF_SHARED,
			    "lkmc_qemu_edu", edu);
	if (error) {
		pci_free_irq_vectors(pci);
		return error;
	}
	writel(EDU_STATUS_INTERRUPT, edu->registers + EDU_STATUS);
	qemu_edu_create_files(edu);
	version = readl(edu->registers + EDU_ID);
	pci_info(pci, "version %u.%u, %s\n", version >> 24, version >> 16 & 0xff,
		 msi ? "MSI" : "INTx");
	return 0;
}

static void qemu_edu_remove(struct pci_dev *pci)
{
	struct qemu_edu *edu = pci_get_drvdata(pci);

	/* First the users, then what they use. */
	debugfs_remove(edu->directory);
	writel(0, edu->registers + EDU_STATUS);
	free_irq(pci_irq_vector(pci, 0), edu);
	pci_free_irq_vectors(pci);
	pci_info(pci, "removed\n");
}

static const struct pci_device_id qemu_edu_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, qemu_edu_ids);

static struct pci_driver qemu_edu_driver = {
	.name = "lkmc_qemu_edu",
	.id_table = qemu_edu_ids,
	.probe = qemu_edu_probe,
	.remove = qemu_edu_remove,
};

static int __init qemu_edu_init(void)
{
	int error;

	qemu_edu_root = debugfs_create_dir("lkmc_qemu_edu", NULL);
	error = pci_register_driver(&qemu_edu_driver);
	if (error)
		debugfs_remove(qemu_edu_root);
	return error;
}

static void __exit qemu_edu_exit(void)
{
	pci_unregister_driver(&qemu_edu_driver);
	debugfs_remove(qemu_edu_root);
}

module_init(qemu_edu_init);
module_exit(qemu_edu_exit);

MODULE_DESCRIPTION("Driver for QEMU's educational PCI device");
MODULE_LICENSE("GPL");
