// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Put operands into floating-point registers of one's choice.
 *
 * As in reg_var.c, with the names d0 and s1: what the instruction in the string names by itself is then where it is expected. The
 * constraint is `w` all the same, because the variables have to be operands for the compiler to put them there.
 *
 * GCC manual, "Specifying Registers for Local Variables"; AAPCS64, "SIMD and Floating-Point registers".
 */
#include <assert.h>

int main(void)
{
	register double number __asm__("d0") = 1.5;
	register float small __asm__("s1") = 0.25f;

	__asm__("fcvt d1, s1\n\t"
		"fadd d0, d0, d1"
		: "+w"(number), "+w"(small));
	assert(number == 1.75);
	return 0;
}
