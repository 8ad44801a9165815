// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell the compiler that an output is written before the inputs are read.
 *
 * The compiler takes it that an instruction reads its inputs first and writes its outputs last, so it may give both the same
 * register. With two instructions that is wrong as soon as the first one writes an output and the second one reads an input:
 * `"=&r"` forbids it (the input register would be overwritten, "clobbered", too early). A missing & is a bug that depends on what
 * else is in registers, so it may appear at another place, years later. `objdump -d` shows what became of both functions here.
 *
 * GCC manual, "Constraint Modifier Characters".
 */
#include <assert.h>
#include <stdint.h>

/* The output has a register that no input has. */
static uint64_t right(uint64_t a, uint64_t b)
{
	uint64_t out;

	__asm__("add %0, %1, #1\n\t"
		"add %0, %0, %2"
		: "=&r"(out)
		: "r"(a), "r"(b));
	return out;
}

/* What the compiler may do without &: the output in the register of the second input. */
static uint64_t wrong(uint64_t a, uint64_t b)
{
	register uint64_t out __asm__("x1");
	register uint64_t in_a __asm__("x0") = a;
	register uint64_t in_b __asm__("x1") = b;

	__asm__("add %0, %1, #1\n\t"
		"add %0, %0, %2"
		: "=r"(out)
		: "r"(in_a), "r"(in_b));
	return out;
}

int main(void)
{
	assert(right(10, 100) == 111);
	/* (10 + 1) + (10 + 1): b is gone before it is read. */
	assert(wrong(10, 100) == 22);
	return 0;
}
