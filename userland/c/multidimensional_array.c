// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lay out an array of two dimensions in memory, and hand it to functions.
 *
 * `int a[2][3]` is an array of two arrays of three integers, nothing else: six integers without gaps, the last index
 * fastest. a[i] is a row and becomes a pointer to its first integer; `a` becomes a pointer to a row, not a pointer to a
 * pointer. To find a[i][j] the compiler must know the length of a row, but not how many rows there are: a parameter `int
 * a[][3]` is enough, or `int a[rows][columns]` with both lengths as parameters before it. An array of pointers looks the
 * same in an expression, and is something else: its rows can lie anywhere, and can have different lengths.
 *
 * The layout is why the order of two loops matters for caches: see userland/measure/memory_bandwidth.c.
 *
 * Sources: C11, 6.5.2.1 paragraph 3, 6.7.6.2.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./multidimensional_array"
 * stdout = """
 * in memory: 0 1 2 10 11 12
 * a: 24 bytes, a[0]: 12 bytes, a[0][0]: 4 bytes
 * &a[1][0] is 3 integers after &a[0][0]
 * *(*(a + 1) + 2) = 12
 * fixed row length: sum 36
 * any lengths: sum 36
 * rows of different lengths: sum 36
 * """
 * [/lkmc]
 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int sum_fixed(int rows, int a[][3])
{
	int sum = 0;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < 3; j++)
			sum += a[i][j];
	return sum;
}

static int sum_any(int rows, int columns, int a[rows][columns])
{
	int sum = 0;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++)
			sum += a[i][j];
	return sum;
}

static int sum_pointers(int rows, const int *lengths, int **a)
{
	int sum = 0;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < lengths[i]; j++)
			sum += a[i][j];
	return sum;
}

int main(void)
{
	int a[2][3] = { { 0, 1, 2 }, { 10, 11, 12 } };
	int flat[6];
	int one[] = { 36 }, none[] = { 0 };
	int *pointers[] = { one, none };

	memcpy(flat, a, sizeof flat);
	printf("in memory:");
	for (int i = 0; i < 6; i++)
		printf(" %d", flat[i]);
	printf("\na: %zu bytes, a[0]: %zu bytes, a[0][0]: %zu bytes\n", sizeof a, sizeof a[0], sizeof a[0][0]);
	printf("&a[1][0] is %td integers after &a[0][0]\n", ((char *)&a[1][0] - (char *)&a[0][0]) / (ptrdiff_t)sizeof(int));
	printf("*(*(a + 1) + 2) = %d\n", *(*(a + 1) + 2));
	printf("fixed row length: sum %d\n", sum_fixed(2, a));
	printf("any lengths: sum %d\n", sum_any(2, 3, a));
	printf("rows of different lengths: sum %d\n", sum_pointers(2, (int[]){ 1, 0 }, pointers));
	return 0;
}
