// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End the simulation by gem5's own instruction.
 *
 * The operation's number is in bits 16 to 23; `m5 exit` is 0x21, and r0 and r1 are after how many nanoseconds. m5_exit_addr.S does
 * it with a load, ../../../m5ops.c has more operations.
 *
 * [lkmc]
 * [[lkmc.run]]
 *
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "gem5's own instruction: on QEMU it is undefined, and without a vector table the program does not end"
 * [/lkmc]
 */

	.arch	armv7-a
	.arm
	.text
	.globl _start
_start:
	mov	r0, #0
	mov	r1, #0
	.inst	0xee000110 | 0x21 << 16
	b	.
