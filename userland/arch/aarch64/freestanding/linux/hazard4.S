/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two chains of four instructions, each of which needs the result of the one before it.
 *
 * No processor executes a chain faster than one instruction after the other, however many units it has. Of two chains, in two
 * registers, it executes both at a time. hazardless.S and hazard.S are as long, with fewer dependencies.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./hazard4` and `lkmc trace
 * pipeline last` show the last two of each chain wait between dispatch (p) and issue (i). The program takes 180 cycles, 3 more
 * than hazardless.S.
 *
 *     code         movz x0, #1, #0   fdn.pic.r
 *     code+0x4     add x0, x0, #1    fdn.pic.r
 *     code+0x8     add x0, x0, #1    fdn.p.ic.r
 *     code+0xc     add x0, x0, #1    fdn.p..ic.r
 *     code+0x10    movz x1, #1, #0   fdn.pic....r
 *     code+0x14    add x1, x1, #1    fdn.pic...r
 */

	.text
	.globl	_start
_start:
	.balign	64			/* one line of the instruction cache: all of it comes at once */
code:
	mov	x0, #1
	add	x0, x0, #1
	add	x0, x0, #1
	add	x0, x0, #1
	mov	x1, #1
	add	x1, x1, #1
	add	x1, x1, #1
	add	x1, x1, #1
	sub	x0, x0, #4
	mov	x8, #93			/* exit */
	svc	#0
