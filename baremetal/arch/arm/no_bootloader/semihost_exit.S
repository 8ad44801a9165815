// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End by semihosting, in the first instructions that the processor executes.
 *
 * A source that defines _start is linked with nothing else: its first instruction is the first one after reset, without a stack
 * and with address translation off. SYS_EXIT_EXTENDED takes the address of two words, ADP_Stopped_ApplicationExit and the status;
 * 32-bit SYS_EXIT takes the reason alone, and no status (Arm IHI 0076, "Semihosting for AArch32 and AArch64"). The trap is SVC
 * 0x123456.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.arch	armv7-a
	.arm
	.text
	.globl _start
_start:
	mov	r0, #0x20		/* SYS_EXIT_EXTENDED */
	adr	r1, reason
	svc	#0x123456

reason:
	.word	0x20026			/* ADP_Stopped_ApplicationExit */
	.word	7
