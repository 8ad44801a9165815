/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eight instructions that need nothing of each other.
 *
 * A processor that can do several things at once does so here. hazard.S and hazard4.S are as long, with dependencies.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./hazardless` and `lkmc
 * trace pipeline last` show it: all eight are issued in the cycle in which they are dispatched and retire together. The program
 * takes 177 cycles, almost all of them for its code to come from memory.
 *
 *     code         movz x0, #1, #0   fdn.pic.r
 *     code+0x4     movz x1, #1, #0   fdn.pic.r
 *     ...
 *     code+0x1c    movz x7, #1, #0   fdn.pic.r
 */

	.text
	.globl	_start
_start:
	.balign	64			/* one line of the instruction cache: all of it comes at once */
code:
	mov	x0, #1
	mov	x1, #1
	mov	x2, #1
	mov	x3, #1
	mov	x4, #1
	mov	x5, #1
	mov	x6, #1
	mov	x7, #1
	mov	x0, #0
	mov	x8, #93			/* exit */
	svc	#0
