// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Go down to EL0, where programs run under a kernel, and come back by exceptions.
 *
 * ERET goes to the level and address that SPSR_EL1 and ELR_EL1 say; nothing else goes down. Nothing but an exception comes up
 * again, to 0x400 of the vector table if it was AArch64 that ran below (Arm ARM DDI 0487, D1.3.1.5), on the stack pointer of EL1,
 * whatever the program did to its own. Here the handler leaves run_below() as if that returned: what happened below is its value.
 *
 * EL0 may access what the translation tables let it. baremetal/lib's let it nothing; and what EL0 may write, EL1 may not execute
 * (the same, on PXN). So the program's GiB gets a second address, 4 GiB further, with rights for EL0.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * here is EL1, with SP_EL1
 * SVC: class 0x15, number 0x7, from EL0 with SP_EL0
 * the stack pointer there was its own: 1
 * reading SCTLR_EL1: class 0x{hex}, it was not done: 1
 * reading memory of EL1: class 0x24, at its address: 1
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define GIB (1ul << 30)
#define ALIAS (4 * GIB)
/* In a descriptor: EL0 may read and write. */
#define EL0 (1 << 6)
#define NEVER_EXECUTED_AT_EL1 (1ul << 53)

#define GET(name)                                             \
	({                                                    \
		uint64_t value;                               \
		asm volatile("mrs %0, " #name : "=r"(value)); \
		value;                                        \
	})

/* Executes at EL0 what is at `entry`, with this stack, until an exception. Gives its syndrome, and x0 of below in `*left`. */
uint64_t run_below(uintptr_t entry, uintptr_t stack, uint64_t *left);

asm("	.text\n"
    "run_below:\n"
    "	stp	x29, x30, [sp, #-0x70]!\n"
    "	stp	x19, x20, [sp, #0x10]\n"
    "	stp	x21, x22, [sp, #0x20]\n"
    "	stp	x23, x24, [sp, #0x30]\n"
    "	stp	x25, x26, [sp, #0x40]\n"
    "	stp	x27, x28, [sp, #0x50]\n"
    "	str	x2, [sp, #0x60]\n"
    "	msr	elr_el1, x0\n"
    "	msr	sp_el0, x1\n"
    "	msr	spsr_el1, xzr\n"
    "	mov	x0, #0\n"
    "	eret\n"
    "	.balign	0x800\n"
    "vectors:\n"
    "	.skip	0x400\n"
    "	ldr	x1, [sp, #0x60]\n"
    "	str	x0, [x1]\n"
    "	mrs	x0, esr_el1\n"
    "	ldp	x27, x28, [sp, #0x50]\n"
    "	ldp	x25, x26, [sp, #0x40]\n"
    "	ldp	x23, x24, [sp, #0x30]\n"
    "	ldp	x21, x22, [sp, #0x20]\n"
    "	ldp	x19, x20, [sp, #0x10]\n"
    "	ldp	x29, x30, [sp], #0x70\n"
    "	ret\n"
    /* The programs for EL0. */
    "call:	mov	x0, sp\n"
    "	svc	#7\n"
    "registers:\n"
    "	mov	x0, #1\n"
    "	mrs	x0, sctlr_el1\n"
    "memory: adr	x0, vectors\n"
    "	and	x0, x0, #0xffffffff\n"
    "	ldr	x1, [x0]\n");

extern char vectors[], call[], registers[], memory[];

/* A second address of the program's GiB. */
static void open_to_el0(void)
{
	uint64_t *table = (uint64_t *)GET(ttbr0_el1);
	uintptr_t gib = (uintptr_t)vectors / GIB;

	table[gib + ALIAS / GIB] = table[gib] | EL0 | NEVER_EXECUTED_AT_EL1;
	asm volatile("dsb ishst\n\tisb" : : : "memory");
}

int main(void)
{
	static char stack[256] __attribute__((aligned(16)));
	uintptr_t top = (uintptr_t)stack + sizeof(stack) + ALIAS;
	uint64_t syndrome, left;

	printf("here is EL%d, with SP_EL%d\n", (int)GET(CurrentEL) >> 2, (int)GET(SPSel));
	open_to_el0();
	asm volatile("msr vbar_el1, %0\n\tisb" : : "r"(vectors));

	syndrome = run_below((uintptr_t)call + ALIAS, top, &left); /* gdb: below */
	printf("SVC: class 0x%" PRIx64 ", number 0x%" PRIx64 ", ", syndrome >> 26, syndrome & 0xffff);
	printf("from EL%d with SP_EL%d\n", (int)GET(spsr_el1) >> 2 & 3, (int)GET(spsr_el1) & 1);
	printf("the stack pointer there was its own: %d\n", left == top);

	syndrome = run_below((uintptr_t)registers + ALIAS, top, &left);
	printf("reading SCTLR_EL1: class 0x%" PRIx64 ", it was not done: %d\n", syndrome >> 26, left == 1);

	syndrome = run_below((uintptr_t)memory + ALIAS, top, &left);
	printf("reading memory of EL1: class 0x%" PRIx64 ", at its address: %d\n", syndrome >> 26,
	       left == (uintptr_t)vectors && GET(far_el1) == left);
	return 0;
}
