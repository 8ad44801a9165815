// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a system call to oneself.
 *
 * SVC takes the processor to the vector table at VBAR_EL1. The exception comes from the level that handles it, so the entry is
 * the one at 0x200, synchronous with SP_EL1 (Arm ARM DDI 0487, D1.3.1.5). ESR_EL1 says what it was: class 0x15 in its highest
 * bits, SVC from AArch64, and the number behind SVC in the lowest. ERET continues after the instruction.
 *
 * The entry keeps the general registers that a C function may change. Those of floating point, which printf() may change as
 * well, it does not: the compiler is told at the SVC that they are lost. Where an exception comes unasked, nobody can be told,
 * and all of them have to be kept (baremetal/lib/interrupts-aarch64.S).
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * class 0x15, number 0x2a
 * back
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

asm("	.text\n"
    "	.balign 0x800\n"
    "vectors:\n"
    "	.skip 0x200\n"
    "	stp x0, x1, [sp, #-0xb0]!\n"
    "	stp x2, x3, [sp, #0x10]\n"
    "	stp x4, x5, [sp, #0x20]\n"
    "	stp x6, x7, [sp, #0x30]\n"
    "	stp x8, x9, [sp, #0x40]\n"
    "	stp x10, x11, [sp, #0x50]\n"
    "	stp x12, x13, [sp, #0x60]\n"
    "	stp x14, x15, [sp, #0x70]\n"
    "	stp x16, x17, [sp, #0x80]\n"
    "	stp x18, x30, [sp, #0x90]\n"
    "	bl handle\n"
    "	ldp x18, x30, [sp, #0x90]\n"
    "	ldp x16, x17, [sp, #0x80]\n"
    "	ldp x14, x15, [sp, #0x70]\n"
    "	ldp x12, x13, [sp, #0x60]\n"
    "	ldp x10, x11, [sp, #0x50]\n"
    "	ldp x8, x9, [sp, #0x40]\n"
    "	ldp x6, x7, [sp, #0x30]\n"
    "	ldp x4, x5, [sp, #0x20]\n"
    "	ldp x2, x3, [sp, #0x10]\n"
    "	ldp x0, x1, [sp], #0xb0\n"
    "	eret\n");

extern char vectors[];

#define FLOATING_POINT                                                                                         \
	"v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",  \
	"v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", \
	"v31"

void handle(void)
{
	uint64_t esr;

	asm volatile("mrs %0, esr_el1" : "=r"(esr));
	printf("class 0x%" PRIx64 ", number 0x%" PRIx64 "\n", esr >> 26, esr & 0xffff); /* gdb: handling */
}

int main(void)
{
	asm volatile("msr vbar_el1, %0\n\tisb" : : "r"(vectors));
	asm volatile("svc #42" : : : FLOATING_POINT, "memory"); /* gdb: call */
	puts("back");
	return 0;
}
