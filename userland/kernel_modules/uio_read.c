// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Drive a PCI device from a program: wait for its interrupts and use its registers, without a
 * module.
 *
 * UIO (userspace I/O) splits a driver in two. A small part in the kernel catches the interrupt,
 * which only the kernel can; the rest is a program. For PCI devices with an ordinary interrupt line
 * that small part exists ready-made: uio_pci_generic. It is told to take the device (here QEMU's
 * educational one) by writing its numbers to `new_id`, and makes /dev/uio0:
 *
 * - read() of 4 bytes sleeps until an interrupt comes, and returns how many there have been.
 * - The device's registers are mapped with mmap() from the PCI device's file `resource0`.
 *
 * What to notice:
 * - Who silences the device? The interrupt line stays up until the device is told, and only this
 *   program knows how to. So uio_pci_generic switches the interrupt off at the device's end, with
 *   the bit "INTx disable" that every PCI device has in its configuration space, and the program
 *   switches it on again when it has done its work: this is the step that is easy to forget, and
 *   without it the second read() sleeps for ever.
 * - Each round: raise, sleep in read(), read the status, acknowledge, enable again.
 * - write() to /dev/uio0 is for drivers with a method of their own to switch interrupts; this one
 *   has none, and write() fails with ENOSYS.
 *
 * Sources: kernel documentation, driver-api/uio-howto; QEMU documentation, specs/edu. The same
 * device driven in the kernel: kernel_modules/qemu_edu.c.
 *
 * [lkmc]
 * kconfig = ["UIO=y", "UIO_PCI_GENERIC=y"]
 *
 * [lkmc.machine]
 * qemu-args = ["-device", "edu"]
 *
 * [[lkmc.run]]
 * guest = """
 * echo 1234 11e8 > /sys/bus/pci/drivers/uio_pci_generic/new_id
 * ./uio_read
 * grep -c uio_pci_generic /proc/interrupts
 * """
 * stdout = """
 * id 0x010000ed
 * interrupt 1, status 0x1
 * interrupt 2, status 0x2
 * interrupt 3, status 0x4
 * write: Function not implemented
 * 1
 * """
 * [/lkmc]
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../kernel_modules/qemu_edu.h"

#define DEVICE "/sys/class/uio/uio0/device/"
#define BAR_SIZE 0x100000
/* In a PCI device's configuration space. */
#define PCI_COMMAND 4
#define PCI_COMMAND_INTX_DISABLE 0x400

static int open_or_die(const char *path)
{
	int file = open(path, O_RDWR | O_SYNC);

	if (file < 0) {
		perror(path);
		exit(1);
	}
	return file;
}

/* uio_pci_generic has switched the interrupt off when it came. */
static void enable_interrupt(int config)
{
	uint16_t command;

	if (pread(config, &command, sizeof(command), PCI_COMMAND) != sizeof(command)) {
		perror("reading the command register");
		exit(1);
	}
	command &= ~PCI_COMMAND_INTX_DISABLE;
	if (pwrite(config, &command, sizeof(command), PCI_COMMAND) != sizeof(command)) {
		perror("writing the command register");
		exit(1);
	}
}

int main(void)
{
	int uio = open_or_die("/dev/uio0");
	int config = open_or_die(DEVICE "config");
	int resource = open_or_die(DEVICE "resource0");
	volatile uint32_t *registers =
		mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, resource, 0);
	uint32_t count, on = 1;

	if (registers == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	/* Should an interrupt get lost, die instead of waiting for it. */
	alarm(5);
	printf("id 0x%08x\n", (unsigned int)registers[EDU_ID / 4]);
	for (int bit = 0; bit < 3; bit++) {
		uint32_t status;

		enable_interrupt(config);
		registers[EDU_INTERRUPT_RAISE / 4] = 1u << bit;
		if (read(uio, &count, sizeof(count)) != sizeof(count)) {
			perror("read");
			return 1;
		}
		status = registers[EDU_INTERRUPT_STATUS / 4];
		registers[EDU_INTERRUPT_ACKNOWLEDGE / 4] = status;
		printf("interrupt %u, status 0x%x\n", (unsigned int)count, (unsigned int)status);
	}
	if (write(uio, &on, sizeof(on)) < 0)
		printf("write: %s\n", strerror(errno));
	return 0;
}
