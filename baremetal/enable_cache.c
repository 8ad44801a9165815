// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Switch the caches off, and see what they were good for.
 *
 * SCTLR.C lets loads and stores use the data caches, SCTLR.I instruction fetches the instruction cache (Arm ARM DDI 0487,
 * SCTLR_EL1; DDI 0406, B4.1.130). The loop reads the same 4 KiB again and again, and is timed by the counter of the generic
 * timer. While a cache is off it touches registers only and this buffer: a stack in a cache that is off holds what it held when
 * somebody last wrote it back. What the buffer holds is of no interest.
 *
 * It is the simulated machine that has to have caches. On QEMU there are none, and all lines are the host's time. On gem5's HPI
 * (`-p aarch64-gem5-hpi`) the first line is by far the smallest; AtomicSimpleCPU has neither caches nor memory that takes time.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * both caches:          {dec} ticks
 * no data cache:        {dec} ticks
 * no instruction cache: {dec} ticks
 * none:                 {dec} ticks
 * both are on again: 1
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define C (1 << 2)
#define I (1 << 12)
#define BYTES 4096

/* Reads BYTES at `buffer` a hundred times, one word of each 64 bytes, with these bits of SCTLR off. Gives the ticks. */
unsigned long walk(const void *buffer, unsigned long off);

#if __aarch64__
#define GET_SCTLR(value) asm volatile("mrs %0, sctlr_el1" : "=r"(value))
asm("	.text\n"
    "walk:\n"
    "	mrs	x2, sctlr_el1\n"
    "	bic	x3, x2, x1\n"
    "	dsb	sy\n"
    "	msr	sctlr_el1, x3\n"
    "	isb\n"
    "	mrs	x4, cntvct_el0\n"
    "	mov	x5, #100\n"
    "1:	mov	x6, #0\n"
    "2:	ldr	x7, [x0, x6]\n"
    "	add	x6, x6, #64\n"
    "	cmp	x6, #4096\n"
    "	b.lo	2b\n"
    "	subs	x5, x5, #1\n"
    "	b.ne	1b\n"
    "	dsb	sy\n"
    "	isb\n"
    "	mrs	x0, cntvct_el0\n"
    "	msr	sctlr_el1, x2\n"
    "	isb\n"
    "	sub	x0, x0, x4\n"
    "	ret\n");
#else
#define GET_SCTLR(value) asm volatile("mrc p15, 0, %0, c1, c0, 0" : "=r"(value))
asm("	.text\n"
    "	.syntax	unified\n"
    "	.thumb\n"
    "	.type	walk, %function\n"
    "walk:\n"
    "	push	{r4-r8, lr}\n"
    "	mrc	p15, 0, r2, c1, c0, 0\n"
    "	bic	r3, r2, r1\n"
    "	dsb\n"
    "	mcr	p15, 0, r3, c1, c0, 0\n"
    "	isb\n"
    "	mrrc	p15, 1, r4, r8, c14\n"
    "	mov	r5, #100\n"
    "1:	mov	r6, #0\n"
    "2:	ldr	r7, [r0, r6]\n"
    "	add	r6, r6, #64\n"
    "	cmp	r6, #4096\n"
    "	blo	2b\n"
    "	subs	r5, r5, #1\n"
    "	bne	1b\n"
    "	dsb\n"
    "	isb\n"
    "	mrrc	p15, 1, r0, r8, c14\n"
    "	mcr	p15, 0, r2, c1, c0, 0\n"
    "	isb\n"
    "	sub	r0, r0, r4\n"
    "	pop	{r4-r8, pc}\n");
#endif

int main(void)
{
	static char buffer[BYTES] __attribute__((aligned(64)));
	unsigned long control;

	walk(buffer, 0);
	printf("both caches:          %lu ticks\n", walk(buffer, 0));
	printf("no data cache:        %lu ticks\n", walk(buffer, C));
	printf("no instruction cache: %lu ticks\n", walk(buffer, I));
	printf("none:                 %lu ticks\n", walk(buffer, C | I));
	GET_SCTLR(control);
	printf("both are on again: %d\n", (control & (C | I)) == (C | I));
	return 0;
}
