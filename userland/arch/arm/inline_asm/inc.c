// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add one to a C variable with an instruction of one's own.
 *
 * `"+r"` is an operand that is read and written. The compiler sees from it that the variable changes, and from the result's use
 * that the statement is needed. Constants: `"I"` takes one that fits into an A32 or T32 instruction, whichever is compiled for.
 *
 * GCC manual, "Simple Constraints", "Constraint Modifier Characters", "Machine Constraints".
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint32_t number = 41;

	__asm__("add %0, %0, #1" : "+r"(number));
	assert(number == 42);
	__asm__("add %0, %0, %1" : "+r"(number) : "I"(0xff));
	assert(number == 42 + 0xff);
	return 0;
}
