// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add vectors of floating-point numbers, from C.
 *
 * An intrinsic is a function that the compiler replaces by one instruction: _mm_add_pd() is ADDPD. Other than inline assembly
 * the compiler understands it: it chooses the registers, and calculates constants itself. The types say how the 16 bytes are
 * divided: __m128 4 floats, __m128d 2 doubles, __m128i integers. "set" lists elements from the highest to the lowest, "setr"
 * the other way round.
 *
 * Intel Intrinsics Guide; the header emmintrin.h (SSE2) of the compiler; the instruction: ../addpd.S.
 */
#include <assert.h>
#include <emmintrin.h>

int main(void)
{
	double doubles[2];
	__attribute__((aligned(16))) float floats[4];

	_mm_storeu_pd(doubles, _mm_add_pd(_mm_setr_pd(1.5, 2.5), _mm_setr_pd(5.5, 6.5)));
	assert(doubles[0] == 7 && doubles[1] == 9);

	/* "u" is for memory that need not be aligned; this one wants it so. */
	_mm_store_ps(floats, _mm_add_ps(_mm_setr_ps(1, 2, 3, 4), _mm_set1_ps(0.5)));
	assert(floats[0] == 1.5 && floats[1] == 2.5 && floats[2] == 3.5 && floats[3] == 4.5);

	/* GCC's own vectors need no intrinsics at all. */
	typedef double vector __attribute__((vector_size(16)));
	vector sum = (vector){ 1, 2 } + (vector){ 10, 20 };

	assert(sum[0] == 11 && sum[1] == 22);
	return 0;
}
