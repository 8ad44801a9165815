// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Get a register for an intermediate result.
 *
 * An output that nobody reads is a scratch register that the compiler chooses. It has to be "=&r": & is for an early clobber,
 * an output that is written before all inputs have been read. Without it the compiler may give it the register of an input, for
 * instance that of `b`, and the sum would be wrong.
 *
 * GCC manual, "Extended Asm", "Modifiers". With a register of one's own choice: scratch_hardcode.c.
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint64_t a = 3, b = 5, result, scratch;

	/* a * 8 + b * 8 */
	__asm__("mov %[a], %[scratch]\n\t"
		"shl $3, %[scratch]\n\t"
		"mov %[b], %[result]\n\t"
		"shl $3, %[result]\n\t"
		"add %[scratch], %[result]"
		: [result] "=&r"(result), [scratch] "=&r"(scratch)
		: [a] "r"(a), [b] "r"(b)
		: "cc");
	assert(result == 64);
	assert(a == 3 && b == 5);
	return 0;
}
