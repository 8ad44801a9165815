// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Add vectors of integers, from C.
 *
 * The type __m128i says nothing about the elements' size; the function's name does: epi8, epi16, epi32, epi64 for signed and
 * all others, epu8 where it matters that they have no sign.
 *
 * Intel Intrinsics Guide; the instructions: ../paddq.S.
 */
#include <assert.h>
#include <emmintrin.h>
#include <stdint.h>
#include <string.h>

int main(void)
{
	const __m128i one = _mm_set1_epi8(1), largest = _mm_set1_epi8(-1);
	uint64_t quads[2];
	uint8_t bytes[16];

	_mm_storeu_si128((__m128i *)quads, _mm_add_epi64(_mm_set_epi64x(2, 1), _mm_set_epi64x(20, 10)));
	assert(quads[0] == 11 && quads[1] == 22);

	/* 255 + 1 in each of 16 bytes: 0, or 255 if it stops there. */
	_mm_storeu_si128((__m128i *)bytes, _mm_add_epi8(largest, one));
	assert(bytes[0] == 0 && bytes[15] == 0);
	_mm_storeu_si128((__m128i *)bytes, _mm_adds_epu8(largest, one));
	assert(bytes[0] == 255 && bytes[15] == 255);
	return 0;
}
