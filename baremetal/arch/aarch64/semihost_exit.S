// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * End by semihosting from within main(), which never returns.
 *
 * The same call as in no_bootloader/semihost_exit.S, with baremetal/lib and a libc below it. What exit() would still have done,
 * such as writing out what printf() keeps, is not done.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.text
	.globl main
	.type main, %function
main:
	mov	w0, #0x18		/* SYS_EXIT */
	adr	x1, reason
	hlt	#0xf000

	.balign	8
reason:
	.quad	0x20026			/* ADP_Stopped_ApplicationExit */
	.quad	7
