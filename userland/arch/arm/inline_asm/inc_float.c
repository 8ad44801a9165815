// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use floating-point registers in inline assembly.
 *
 * The constraint `t` asks for s0 to s31, `w` for a register of any of these kinds. For a double `%P0` writes the name d0; without
 * the P it would be a name that the instruction does not take.
 *
 * GCC manual, "Machine Constraints", "ARM family".
 */
#include <assert.h>

int main(void)
{
	float single = 1.5f;
	double number = 1.5;

	__asm__("vadd.f32 %0, %0, %1" : "+t"(single) : "t"(1.0f));
	assert(single == 2.5f);
	__asm__("vadd.f64 %P0, %P0, %P1" : "+w"(number) : "w"(1.0));
	assert(number == 2.5);
	return 0;
}
