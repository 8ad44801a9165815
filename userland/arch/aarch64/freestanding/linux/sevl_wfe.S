/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Set one's own event register, and have the next WFE return at once.
 *
 * SEVL ("local") sets it on this processor only, SEV on all. This is how a loop begins that waits by WFE before it looks: the
 * first WFE falls through. WFE clears the register, so a second one would wait again (wfe.S).
 *
 * So this ends on every processor, also where nothing else could wake it: on gem5 without a kernel it takes 7 cycles of
 * AtomicSimpleCPU, 196 of DerivO3CPU, 302 of HPI, most of them for the code to come from memory.
 *
 * Arm ARM DDI 0487, C6.2, "SEVL", "WFE"; D1, "Wait for Event".
 */

	.text
	.globl	_start
_start:
	sevl
	wfe

	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0
