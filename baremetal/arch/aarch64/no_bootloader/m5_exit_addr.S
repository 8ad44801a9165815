// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End the simulation by reading from an address.
 *
 * gem5's boards have 64 KiB at 0x10010000 where nothing is: the processor's own translation notices an access there and does the
 * operation whose number is in bits 8 to 15, with its arguments in the registers of a function call (gem5: src/arch/arm/mmu.cc,
 * finalizePhysical). So a program needs no instruction that a compiler or another processor does not know, and a processor whose
 * instructions the host itself executes can do it too.
 *
 * [lkmc]
 * [[lkmc.run]]
 *
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "on QEMU's board that is a part of PCI's window, and the program does not end"
 * [/lkmc]
 */

	.text
	.globl _start
_start:
	ldr	x1, =0x10010000 + (0x21 << 8)
	mov	x0, #0
	ldr	x0, [x1]
	b	.
