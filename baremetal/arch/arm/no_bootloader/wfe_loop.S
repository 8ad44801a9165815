// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait for an event that nobody sends.
 *
 * gem5 has no event left, of its own kind, when its only processor sleeps: the simulation ends at once, as "all processors wait".
 * On QEMU WFE lets others run and returns, so the loop goes round until the time is over. wfe_sev.c has somebody who sends.
 *
 * [lkmc]
 * [[lkmc.run]]
 * timeout = "3s"
 * verdict = "timeout"
 * [/lkmc]
 */

	.arch	armv7-a
	.arm
	.text
	.globl _start
_start:
	wfe
	b	_start
