/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Get something done while memory is slow.
 *
 * Ten instructions behind the load do not need it. A processor that executes out of order has done them all when the line comes;
 * so has one that executes in order if it waits at the first use of what was loaded, not at the load. stall.S, which has nothing
 * to do in the meantime, takes as long.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./stall_gain` and `lkmc
 * trace pipeline last` show all of them complete (c) long before the load, with which they retire. The program takes 425 cycles,
 * one more than stall.S.
 *
 *     code         ldr x1, [x10]     fdn.pic(128)r
 *     code+0x4     movz x2, #1, #0   fdn.pic(128)r
 *     ...
 *     code+0x28    movz x14, #1, #0  fdn.pic(128)r
 */

	.text
	.globl	_start
_start:
	adrp	x10, data
	.balign	64
code:
	ldr	x1, [x10]
	mov	x2, #1
	mov	x3, #1
	mov	x4, #1
	mov	x5, #1
	mov	x6, #1
	mov	x7, #1
	mov	x11, #1
	mov	x12, #1
	mov	x13, #1
	mov	x14, #1
	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0

	.data				/* gem5 loads no program whose only data are in .bss */
	.balign	4096
data:
	.quad	0
