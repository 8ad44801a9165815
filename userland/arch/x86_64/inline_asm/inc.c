// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Put an instruction into a C function, and let it change a variable.
 *
 * `"+r"(number)` is an operand that is read and written ("+") and stands in a register ("r"); the compiler chooses which, and
 * writes it where the text has %0. "cc" says that the flags change; on x86 the compiler takes that for granted. Without
 * `volatile` it may leave the instruction out if nobody needs the result, and move it: it believes what the operands say.
 *
 * GCC manual, "Extended Asm", "Constraints".
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint64_t number = 41;

	__asm__("inc %0" : "+r"(number) : : "cc");
	assert(number == 42);

	/* In memory ("m") it works as well. */
	__asm__("incq %0" : "+m"(number) : : "cc");
	assert(number == 43);

	/* A name is easier to read than %0, and a letter before it chooses a part of the register: k 32 bits, w 16, b 8. */
	__asm__("incl %k[value]" : [value] "+r"(number) : : "cc");
	assert(number == 44);
	return 0;
}
