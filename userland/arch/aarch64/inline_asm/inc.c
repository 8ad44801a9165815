// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add one to a C variable with an instruction of one's own.
 *
 * The string is assembly in which `%0` stands for the first operand. `"+r"` says about it: a general register (r) that the
 * instruction reads and writes (+). Which register it is the compiler decides; that the result is used it sees from the `+`. It
 * knows nothing else about the string, not even how many instructions there are in it.
 *
 * Without `volatile` such a statement may be removed if nobody uses its result, or moved; with it, it stays.
 *
 * GCC manual, "Extended Asm", "Simple Constraints", "Constraint Modifier Characters".
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint64_t number = 41;

	__asm__("add %0, %0, #1" : "+r"(number));
	assert(number == 42);

	/* Input and output apart, by name. */
	uint64_t sum;

	__asm__("add %[sum], %[one], %[other]" : [sum] "=r"(sum) : [one] "r"(number), [other] "r"(UINT64_C(8)));
	assert(sum == 50);

	/* "I": a constant that fits into ADD. */
	__asm__("add %0, %1, %2" : "=r"(sum) : "r"(number), "I"(0xfff));
	assert(sum == 42 + 0xfff);
	return 0;
}
