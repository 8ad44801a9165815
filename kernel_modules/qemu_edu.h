/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of QEMU's educational PCI device; QEMU documentation, specs/edu. */
#ifndef LKMC_QEMU_EDU_H
#define LKMC_QEMU_EDU_H

#define EDU_VENDOR 0x1234
#define EDU_DEVICE 0x11e8

/* 0xRRrr00ed: version RR.rr, and "edu" as far as hexadecimal goes. */
#define EDU_ID 0x00
/* Reads as the complement of what was written. */
#define EDU_LIVENESS 0x04
/* Computes the factorial of what is written. */
#define EDU_FACTORIAL 0x08
#define EDU_STATUS 0x20
#define EDU_STATUS_COMPUTING 0x01
/* Interrupt when a factorial is done. */
#define EDU_STATUS_INTERRUPT 0x80
/* Why it interrupts: bits that stay set until they are acknowledged. */
#define EDU_INTERRUPT_STATUS 0x24
#define EDU_INTERRUPT_FACTORIAL 0x001
#define EDU_INTERRUPT_DMA 0x100
/* Sets bits of the interrupt status, and interrupts. */
#define EDU_INTERRUPT_RAISE 0x60
#define EDU_INTERRUPT_ACKNOWLEDGE 0x64
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START 0x1
#define EDU_DMA_TO_MEMORY 0x2
#define EDU_DMA_INTERRUPT 0x4

/* Where the device's own memory is in DMA addresses; it is not in the BAR. */
#define EDU_BUFFER 0x40000
#define EDU_BUFFER_SIZE 4096

#endif
