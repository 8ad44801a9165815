// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add two variables of C with an instruction, and get the carry as well.
 *
 * Outputs stand behind the first colon, inputs behind the second. "0" puts an input where output 0 is: ADD has one register for
 * both. "=@ccc" is an output that is a flag: the condition c, which is CF. What the compiler does with it, a jump or a SETC, is
 * its own business.
 *
 * GCC manual, "Extended Asm", "Flag Output Operands"; the instruction: ../add.S.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

static uint64_t add(uint64_t a, uint64_t b, bool *carry)
{
	uint64_t sum;

	__asm__("add %2, %0" : "=r"(sum), "=@ccc"(*carry) : "rm"(b), "0"(a));
	return sum;
}

int main(void)
{
	bool carry;

	assert(add(1, 2, &carry) == 3 && !carry);
	assert(add(UINT64_MAX, 2, &carry) == 1 && carry);

	/* The compiler knows a way without assembly, which it can also optimise. */
	uint64_t sum;

	assert(__builtin_add_overflow(UINT64_MAX, (uint64_t)2, &sum) && sum == 1);
	return 0;
}
