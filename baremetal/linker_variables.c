// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read addresses that only the linker knows.
 *
 * A linker script can define symbols, here those of picolibc.ld: where the code is loaded, where initialised data begin, where
 * the heap begins and ends. They have an address and no contents, so a program takes their address. The heap is what is left
 * between the variables and the stack, which grows down from the end of memory.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * code from 0x{hex}, main in it: 1
 * data from 0x{hex}, a variable in it: 1
 * heap from 0x{hex}, variables before it: 1
 * heap to 0x{hex}, the stack above it: 1
 * """
 * [/lkmc]
 */

#include <stdint.h>
#include <stdio.h>

extern char __flash[], __text_end[], __data_start[], __heap_start[], __heap_end[], __stack[];

static int variable = 1;
static int zero;

static int between(const void *low, const void *what, const void *high)
{
	return (uintptr_t)low <= (uintptr_t)what && (uintptr_t)what < (uintptr_t)high;
}

int main(void)
{
	int local = 0;

	printf("code from %p, main in it: %d\n", __flash, between(__flash, main, __text_end));
	printf("data from %p, a variable in it: %d\n", __data_start, between(__data_start, &variable, __heap_start));
	printf("heap from %p, variables before it: %d\n", __heap_start,
	       between(__data_start, &variable, __heap_start) && between(__data_start, &zero, __heap_start));
	printf("heap to %p, the stack above it: %d\n", __heap_end,
	       between(__heap_start, __heap_end, __stack) && between(__heap_end, &local, __stack));
	return 0;
}
