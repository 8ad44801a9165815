// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take a square root on the x87 unit, from C.
 *
 * "t" is the top of that unit's stack, ST(0). The compiler pushes the input before and pops the result afterwards. Where
 * doubles are in XMM registers, as on x86_64, that is a way through memory and back; SQRTSD does it in place.
 *
 * GCC manual, "Machine Constraints" (x86 family), "x86 Floating-Point Asm Operands"; the instruction: ../fsqrt.S.
 */
#include <assert.h>

int main(void)
{
	double number = 9, root;

	__asm__("fsqrt" : "=t"(root) : "0"(number));
	assert(root == 3);

	__asm__("sqrtsd %1, %0" : "=x"(root) : "x"(number));
	assert(root == 3);
	return 0;
}
