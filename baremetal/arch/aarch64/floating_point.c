// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let the first floating-point instruction trap, and repeat it.
 *
 * After reset EL1 may not use the registers of floating point and SIMD until CPACR_EL1.FPEN says so: each instruction that tries
 * is an exception of class 0x07 (Arm ARM DDI 0487, under CPACR_EL1). baremetal/lib allows it, because a compiler uses
 * these registers for what has nothing to do with fractions; this program takes the permission back. Its handler gives it and
 * returns to the instruction itself, which then succeeds. A kernel that saves these registers for those programs only that use
 * them is built on that.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * 1.50 + 2.25 = 3.75
 * traps: 1, of class 0x7
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define FPEN "#(3 << 20)"

/* The exception is from EL1 with its own stack pointer, hence 0x200. */
asm("	.text\n"
    "	.balign 0x800\n"
    "vectors:\n"
    "	.skip 0x200\n"
    "	stp x0, x1, [sp, #-0x10]!\n"
    "	adrp x0, traps\n"
    "	ldr x1, [x0, :lo12:traps]\n"
    "	add x1, x1, #1\n"
    "	str x1, [x0, :lo12:traps]\n"
    "	mrs x1, esr_el1\n"
    "	adrp x0, syndrome\n"
    "	str x1, [x0, :lo12:syndrome]\n"
    "	mov x0, " FPEN "\n"
    "	msr cpacr_el1, x0\n"
    "	isb\n"
    "	ldp x0, x1, [sp], #0x10\n"
    "	eret\n");

extern char vectors[];
volatile uint64_t traps, syndrome;

static double add(double a, double b)
{
	return a + b;
}

int main(void)
{
	int sum;

	asm volatile("msr vbar_el1, %0\n\tmsr cpacr_el1, xzr\n\tisb" : : "r"(vectors));
	sum = add(1.5, 2.25) * 100;
	printf("1.50 + 2.25 = %d.%02d\n", sum / 100, sum % 100);
	printf("traps: %" PRIu64 ", of class 0x%" PRIx64 "\n", traps, syndrome >> 26);
	return 0;
}
