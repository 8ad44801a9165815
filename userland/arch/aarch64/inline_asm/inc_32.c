// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Name the lower half of a register in inline assembly.
 *
 * For `%0` the compiler writes the 64-bit name of the register, x5 for example, whatever the C type is. `%w0` makes it w5.
 * Without the w the addition here has 64 bits, and the carry goes into a half that for C is not there: what is in it when a
 * register holds a 32-bit variable is not defined.
 *
 * GCC manual, "Extended Asm", "AArch64 Operand Modifiers"; Arm ARM DDI 0487, C1.2.5.
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint32_t number = UINT32_MAX;
	uint64_t wide = UINT32_MAX;

	__asm__("add %w0, %w0, #1" : "+r"(number));
	assert(number == 0);
	__asm__("add %0, %0, #1" : "+r"(wide));
	assert(wide == UINT64_C(1) << 32);

	/* The flags as an output: the compiler takes the condition, with no register in between. */
	int carry;

	number = UINT32_MAX;
	__asm__("adds %w0, %w0, #1" : "+r"(number), "=@cccs"(carry));
	assert(number == 0 && carry);
	return 0;
}
