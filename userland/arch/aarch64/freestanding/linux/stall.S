/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait for memory: a load whose line is in no cache.
 *
 * What comes behind the load does not need it, and is executed at once. But it retires in order: nothing is finished for good
 * before all that is in front of it, so that an exception would find the registers as if one instruction had been executed after
 * the other.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./stall` and `lkmc trace
 * pipeline last` show how the two instructions behind the load are complete (c) and then wait 128 cycles to retire (r). The
 * program takes 424 cycles.
 *
 *     code         ldr x1, [x10]     fdn.pic(128)r
 *     code+0x4     movz x0, #0, #0   fdn.pic(128)r
 *     code+0x8     movz x8, #93, #0  fdn.pic(128)r
 */

	.text
	.globl	_start
_start:
	adrp	x10, data
	.balign	64
code:
	ldr	x1, [x10]
	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0

	.data				/* gem5 loads no program whose only data are in .bss */
	.balign	4096
data:
	.quad	0
