// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read the time-stamp counter from C.
 *
 * __rdtsc() is RDTSC and puts the two halves together. The compiler does not move it across another one, but nothing keeps the
 * processor from executing it early: _mm_lfence() does.
 *
 * The instruction, and what it counts: ../rdtsc.S; with the processor's number: rdtscp.c.
 */
#include <assert.h>
#include <x86intrin.h>

static unsigned long long now(void)
{
	_mm_lfence();
	return __rdtsc();
}

int main(void)
{
	const unsigned long long before = now();

	for (volatile int round = 0; round < 1000; round++)
		;
	assert(now() > before);
	return 0;
}
