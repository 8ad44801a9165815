// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End the simulation by reading from an address.
 *
 * gem5's boards have 64 KiB at 0x10010000 where nothing is: the processor's own translation notices an access there and does the
 * operation whose number is in bits 8 to 15, with its arguments in the registers of a function call (gem5: src/arch/arm/mmu.cc,
 * finalizePhysical). What it gives has 64 bits, hence LDRD.
 *
 * [lkmc]
 * [[lkmc.run]]
 *
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "on QEMU's board that is a part of PCI's window, and the program does not end"
 * [/lkmc]
 */

	.arch	armv7-a
	.arm
	.text
	.globl _start
_start:
	ldr	r2, =0x10010000 + (0x21 << 8)
	mov	r0, #0
	mov	r1, #0
	ldrd	r0, r1, [r2]
	b	.
