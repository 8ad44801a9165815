/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A chain that begins with a load whose line is in no cache.
 *
 * Each of the four instructions behind the load needs the one before it, and the first one needs the load: nothing of it can be
 * done meanwhile, and it comes on top of the waiting. stall_gain.S has more instructions and takes less time.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./stall_hazard4` and `lkmc
 * trace pipeline last` show the chain dispatched (p) with the load and issued (i) after it, one instruction a cycle, while the
 * MOV behind it is complete (c) from the beginning. The program takes 428 cycles, 4 more than stall.S.
 *
 *     code         ldr x0, [x10]     fdn.pic(128)r
 *     code+0x4     add x0, x0, #1    fdn.p(127)ic.r
 *     code+0x8     add x0, x0, #1    fdn.p(128)ic.r
 *     code+0xc     add x0, x0, #1    fdn.p(129)ic.r
 *     code+0x10    sub x0, x0, #3    fdn.p(130)ic.r
 *     code+0x14    movz x8, #93, #0  fdn.pic(132)r
 */

	.text
	.globl	_start
_start:
	adrp	x10, data
	.balign	64
code:
	ldr	x0, [x10]
	add	x0, x0, #1
	add	x0, x0, #1
	add	x0, x0, #1
	sub	x0, x0, #3
	mov	x8, #93			/* exit */
	svc	#0

	.data				/* gem5 loads no program whose only data are in .bss */
	.balign	4096
data:
	.quad	0
