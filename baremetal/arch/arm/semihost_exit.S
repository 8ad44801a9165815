// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End by semihosting from within main(), which never returns.
 *
 * The same call as in no_bootloader/semihost_exit.S, with baremetal/lib and a libc below it. What exit() would still have done,
 * such as writing out what printf() keeps, is not done. In Thumb state the trap would be SVC 0xab.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.arch	armv7-a
	.arm
	.text
	.globl main
	.type main, %function
main:
	mov	r0, #0x20		/* SYS_EXIT_EXTENDED */
	adr	r1, reason
	svc	#0x123456

reason:
	.word	0x20026			/* ADP_Stopped_ApplicationExit */
	.word	7
