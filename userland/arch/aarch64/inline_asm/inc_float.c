// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use floating-point registers in inline assembly.
 *
 * The constraint `w` asks for a register of floating point and SIMD. As with the general registers a letter in front of the
 * operand's number chooses its size: `%s0` for float, `%d0` for double, `%q0` for 128 bits. A vector is `%0.4s`, because without
 * a letter the name is v3, say.
 *
 * GCC manual, "Machine Constraints", "AArch64 family".
 */
#include <arm_neon.h>
#include <assert.h>

int main(void)
{
	float single = 1.5f;
	double number = 1.5;
	int32x4_t vector = {1, 2, 3, 4};

	__asm__("fadd %s0, %s0, %s1" : "+w"(single) : "w"(1.0f));
	assert(single == 2.5f);
	__asm__("fadd %d0, %d0, %d1" : "+w"(number) : "w"(1.0));
	assert(number == 2.5);
	__asm__("add %0.4s, %0.4s, %1.4s" : "+w"(vector) : "w"(vector));
	assert(vector[0] == 2 && vector[1] == 4 && vector[2] == 6 && vector[3] == 8);

	/* One operand of each kind. */
	long rounded;

	__asm__("fcvtzs %0, %d1" : "=r"(rounded) : "w"(number));
	assert(rounded == 2);
	return 0;
}
