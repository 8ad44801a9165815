// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write several instructions into one statement: a loop, with labels of its own.
 *
 * Each instruction ends with a line break, `\n`; adjacent strings are joined by the compiler. A statement can appear several
 * times in the assembly, when its function is put into others, so a label must be unique: a number that is referred to as `1b`
 * (the last 1: before) or `1f` (the next one), or one with `%=`, a number that differs in each copy.
 *
 * "cc" says that the flags change, "memory" that memory does: the compiler keeps no variable in a register across such a
 * statement. "=&r" is explained in earlyclobber.c.
 *
 * GCC manual, "Extended Asm", "Clobbers and Scratch Registers"; GNU as manual, "Symbol Names".
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

static uint64_t add_up(const uint32_t *numbers, size_t count)
{
	uint64_t sum, next;

	__asm__("	mov	%[sum], #0\n"
		"	cbz	%[count], 2f\n"
		"1:	ldr	%w[next], [%[numbers]], #4\n"
		"	add	%[sum], %[sum], %[next]\n"
		"	subs	%[count], %[count], #1\n"
		"	b.ne	1b\n"
		"2:\n"
		: [sum] "=&r"(sum), [next] "=&r"(next), [numbers] "+r"(numbers), [count] "+r"(count)
		:
		: "cc", "memory");
	return sum;
}

int main(void)
{
	const uint32_t numbers[] = {1, 20, 300, 4000, UINT32_MAX};

	assert(add_up(numbers, 0) == 0);
	assert(add_up(numbers, 4) == 4321);
	assert(add_up(numbers, 5) == UINT64_C(4321) + UINT32_MAX);
	return 0;
}
