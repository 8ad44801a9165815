/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execute what a branch does not lead to, and take it back.
 *
 * The branch depends on a load whose line is in no cache. A processor that waited for it would stand still for a hundred cycles,
 * so it guesses: this branch was never seen before, so it takes it for one that falls through, and executes what stands behind
 * it. The load brings a one, the branch is taken after all, and what was executed is squashed: x1 is 1, as it was before, and the
 * program says so with its status.
 *
 * The registers come back. What the squashed instructions have brought into the caches stays there, and that is what Spectre is
 * about.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./speculative` and `lkmc
 * trace pipeline last` show the three additions executed (i, c) and squashed (x). The exit(2) behind them is never issued:
 * nothing of a system call can be taken back.
 *
 *     code         ldr x0, [x10]     fdn.pic(129)r
 *     code+0x4     cbnz x0, 0x4001e0 fdn.p(127)ic.r
 *     code+0x8     add x1, x1, #1    fdn.picx
 *     code+0xc     add x2, x1, #1    fdn.picx
 *     code+0x10    add x3, x2, #1    fdn.p.icx
 *     ...
 *     code+0x1c    svc #0x0          fdn.px
 *     taken        sub x0, x1, #1    fdn.pic.r
 */

	.text
	.globl	_start
_start:
	mov	x1, #1
	adrp	x10, data
	.balign	64
code:
	ldr	x0, [x10]
	cbnz	x0, taken
	add	x1, x1, #1
	add	x2, x1, #1
	add	x3, x2, #1
	mov	x0, #1
	mov	x8, #93			/* exit */
	svc	#0
taken:
	sub	x0, x1, #1
	mov	x8, #93			/* exit */
	svc	#0

	.data	
	.balign	4096
data:
	.quad	1
