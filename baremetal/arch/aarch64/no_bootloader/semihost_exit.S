// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End by semihosting, in the first instructions that the processor executes.
 *
 * A source that defines _start is linked with nothing else: its first instruction is the first one after reset, without a stack
 * and with address translation off. SYS_EXIT takes the address of two words, ADP_Stopped_ApplicationExit and the status
 * (Arm IHI 0076, "Semihosting for AArch32 and AArch64"); the trap is HLT 0xf000.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.text
	.globl _start
_start:
	mov	w0, #0x18		/* SYS_EXIT */
	adr	x1, reason
	hlt	#0xf000

	.balign	8
reason:
	.quad	0x20026			/* ADP_Stopped_ApplicationExit */
	.quad	7
