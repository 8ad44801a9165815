// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add two C variables with an instruction of one's own.
 *
 * The string is assembly; `%[sum]` stands for the register that the compiler chose for the operand of that name. `"=r"` is an
 * output in a general register, `"r"` an input. All inputs are read before an output is written, says the missing `&`, so both
 * may be in one register.
 *
 * GCC manual, "Extended Asm"; Arm ARM DDI 0406, A8.8, "ADD (register, ARM)".
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint32_t sum, a = 40, b = 2;

	__asm__("add %[sum], %[a], %[b]" : [sum] "=r"(sum) : [a] "r"(a), [b] "r"(b));
	assert(sum == 42);

	/* 64 bits: %Q is the register of the lower half, %R that of the upper half. "cc": the flags change. */
	uint64_t wide = UINT32_MAX;

	__asm__("adds %Q0, %Q0, #1\n\tadc %R0, %R0, #0" : "+r"(wide) : : "cc");
	assert(wide == UINT64_C(1) << 32);
	return 0;
}
