// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let inline assembly access a variable in memory.
 *
 * `"+m"` gives the string an address, as `[r3, #4]` or however else the compiler reaches the variable, and tells the compiler
 * that the variable there is read and written. No "memory" is needed, for nothing else is accessed. A register of one's own is an
 * output that nobody uses ("=&r", since it is written before the address is used for the last time).
 *
 * inc_memory_global.c says how not to do it. GCC manual, "Simple Constraints".
 */
#include <assert.h>
#include <stdint.h>

int main(void)
{
	uint32_t numbers[2] = {41, 100}, scratch;

	__asm__("ldr %[scratch], %[number]\n\t"
		"add %[scratch], %[scratch], #1\n\t"
		"str %[scratch], %[number]"
		: [number] "+m"(numbers[0]), [scratch] "=&r"(scratch));
	assert(numbers[0] == 42 && numbers[1] == 100);
	return 0;
}
