// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use a certain register, and tell the compiler.
 *
 * What an instruction changes beside its operands stands behind the third colon: registers by name, "cc" for the flags,
 * "memory" for everything that pointers may lead to. The compiler then keeps nothing there across it. Names of registers have
 * two % in the text, because one is for operands. Where a certain register is an operand there are constraints: "a" for RAX,
 * "d" for RDX, "c" for RCX.
 *
 * GCC manual, "Clobbers and Scratch Registers", "Machine Constraints". Leaving the choice to the compiler: scratch.c.
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint64_t in = 5, out, quotient, remainder;

	__asm__("mov %[in], %%r10\n\t"
		"lea (%%r10,%%r10,2), %[out]"
		: [out] "=r"(out)
		: [in] "r"(in)
		: "r10");
	assert(out == 15);

	/* DIV wants RDX:RAX and leaves its results there. */
	__asm__("div %[divisor]"
		: "=a"(quotient), "=d"(remainder)
		: "a"(47ul), "d"(0ul), [divisor] "r"(10ul)
		: "cc");
	assert(quotient == 4 && remainder == 7);
	return 0;
}
