/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait for an event that nobody sends, as a program under Linux.
 *
 * WFE sleeps until the processor's event register is set, and clears it. A program under Linux does not sleep for long: every
 * return from an exception sets the register, and interrupts come all the time; on most kernels the timer sends events as well,
 * some thousand a second (CONFIG_ARM_ARCH_TIMER_EVTSTREAM). So the program ends, whatever is in the register at its beginning.
 * QEMU does not sleep at all.
 *
 * Without a kernel nothing wakes it: `lkmc gem5 run aarch64-gem5-atomic -- ./wfe` says that all processors wait, and ends with
 * the verdict `timeout` at once. On the processors with a pipeline (HPI, DerivO3CPU) gem5 24.0 goes on simulating without end.
 * sevl_wfe.S has an event.
 *
 * Arm ARM DDI 0487, D1, "Wait for Event".
 */

	.text
	.globl	_start
_start:
	wfe
	wfe

	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0
