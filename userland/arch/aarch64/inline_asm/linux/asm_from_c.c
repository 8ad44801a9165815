// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a whole function in assembly, in a C file, and have it call C.
 *
 * An asm statement outside of functions goes into the assembly as it is. For C it does not exist; a declaration tells its type.
 * How arguments and results are passed is for the writer to know: integers in x0 to x7, floating point in v0 to v7, each counted
 * by itself; a ninth integer is on the stack. A function that calls another one keeps x29 and x30, and the stack pointer at a
 * multiple of 16.
 *
 * AAPCS64, "Parameter passing".
 */
#include <assert.h>
#include <stdint.h>

/* a + b, with b rounded towards zero; then twice() of that, plus the ninth integer. */
int64_t nine(int64_t a, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t ninth, double b);

__asm__("	.text\n"
	"	.globl	nine\n"
	"	.type	nine, %function\n"
	"nine:\n"
	"	stp	x29, x30, [sp, #-16]!\n"
	"	mov	x29, sp\n"
	"	fcvtzs	x1, d0\n"
	"	add	x0, x0, x1\n"
	"	bl	twice\n"
	"	ldr	x1, [x29, #16]\n" /* above what this function has put there */
	"	add	x0, x0, x1\n"
	"	ldp	x29, x30, [sp], #16\n"
	"	ret\n"
	"	.size	nine, . - nine\n");

int64_t twice(int64_t number)
{
	return 2 * number;
}

int main(void)
{
	assert(nine(10, 0, 0, 0, 0, 0, 0, 0, 9, 3.75) == 35);
	return 0;
}
