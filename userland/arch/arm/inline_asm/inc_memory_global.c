// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let inline assembly name a global variable itself.
 *
 * The string goes to the assembler, for which a global variable is a symbol like any other: MOVW and MOVT make its address. But
 * the compiler sees no operand, and does not know that the variable is changed; "memory" says that anything in memory may be.
 * Without that the comparison could use the value from before. The registers are named as well, so they are in the list, too.
 *
 * Such a string works only where the symbol has this name: not for a local variable, and in C++ not without extern "C".
 *
 * GCC manual, "Clobbers and Scratch Registers".
 */
#include <assert.h>
#include <stdint.h>

uint32_t number = 41;

int main(void)
{
	__asm__ volatile("movw r0, #:lower16:number\n\t"
			 "movt r0, #:upper16:number\n\t"
			 "ldr r1, [r0]\n\t"
			 "add r1, r1, #1\n\t"
			 "str r1, [r0]"
			 :
			 :
			 : "r0", "r1", "memory");
	assert(number == 42);
	return 0;
}
