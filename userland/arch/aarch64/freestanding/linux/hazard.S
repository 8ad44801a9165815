/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read after a write: an instruction that needs the result of the one before it.
 *
 * The four pairs here are "hazards": executed too early, the second instruction of a pair would read what the register was
 * before. The processor holds it back by a cycle: the result goes from the end of one unit straight to the beginning of another
 * ("forwarding"), before it is in the register. The pairs need nothing of each other, so they go side by side.
 *
 * On gem5's DerivO3CPU (o3.toml of docs/gem5-traces.md), `lkmc gem5 run o3.toml --trace O3PipeView -- ./hazard` and `lkmc trace
 * pipeline last` show that each ADD is issued a cycle after its MOV. The program takes 178 cycles, one more than hazardless.S.
 */

	.text
	.globl	_start
_start:
	.balign	64			/* one line of the instruction cache: all of it comes at once */
code:
	mov	x0, #1
	add	x1, x0, #1
	mov	x2, #1
	add	x3, x2, #1
	mov	x4, #1
	add	x5, x4, #1
	mov	x6, #1
	add	x7, x6, #1
	sub	x0, x7, #2
	mov	x8, #93			/* exit */
	svc	#0
