// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Allocate memory, let it grow, and see in which cases there is none.
 *
 * malloc() returns memory of any contents, calloc() zeroed memory, realloc() the same contents in a larger or smaller
 * place, which may be another one: the old pointer must not be used again. All is aligned so that any type fits. Each block
 * is given back once, with free(); a null pointer may be given back too.
 *
 * No object may be larger than half the address space, because the difference of two pointers into it would not fit: this C
 * library refuses such sizes without asking the kernel. calloc() checks that the product of its arguments does not
 * overflow; malloc(count * size) cannot.
 *
 * How much the kernel grants is another matter: malloc_size.c.
 *
 * Sources: C11, 7.22.3; malloc(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./malloc"
 * stdout = """
 * malloc: 10 integers, their sum is 45
 * realloc: 100000 integers, the sum of the first 10 is 45
 * calloc: the sum of 1000 integers is 0
 * alignment: as for any type
 * malloc(SIZE_MAX): Cannot allocate memory
 * malloc(PTRDIFF_MAX + 1): Cannot allocate memory
 * calloc(SIZE_MAX / 2 + 1, 2): Cannot allocate memory
 * """
 * [/lkmc]
 */
#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not known to the compiler, which would warn of impossible sizes, or leave the calls out. */
static volatile size_t zero;

static void *must(void *memory)
{
	if (!memory) {
		perror("malloc");
		exit(EXIT_FAILURE);
	}
	return memory;
}

static int sum(const int *numbers, size_t count)
{
	int all = 0;

	for (size_t i = 0; i < count; i++)
		all += numbers[i];
	return all;
}

static void refused(const char *what, void *memory)
{
	printf("%s: %s\n", what, memory ? "granted" : strerror(errno));
	free(memory);
}

/* New memory of the kernel is zeroed anyway. So it takes what was used and given back, which the library hands out again. */
static int *zeros_where_something_was(void)
{
	int *used = must(malloc(1000 * sizeof *used));

	memset(used, 0x55, 1000 * sizeof *used);
	/* As far as the compiler knows, somebody reads it. */
	__asm__ volatile("" : : "r"(used) : "memory");
	free(used);
	return must(calloc(1000, sizeof *used));
}

int main(void)
{
	int *numbers = must(malloc(10 * sizeof *numbers));
	int *zeroed, *larger;

	for (int i = 0; i < 10; i++)
		numbers[i] = i;
	printf("malloc: 10 integers, their sum is %d\n", sum(numbers, 10));
	/* Not `numbers = realloc(numbers, ...)`: were it refused, the old block would be lost. */
	larger = realloc(numbers, 100000 * sizeof *numbers);
	if (!larger)
		free(numbers);
	numbers = must(larger);
	printf("realloc: 100000 integers, the sum of the first 10 is %d\n", sum(numbers, 10));
	zeroed = zeros_where_something_was();
	printf("calloc: the sum of 1000 integers is %d\n", sum(zeroed, 1000));
	printf("alignment: %s\n",
	       ((uintptr_t)numbers | (uintptr_t)zeroed) % alignof(max_align_t) ? "too little" : "as for any type");
	free(numbers);
	free(zeroed);
	free(NULL);

	refused("malloc(SIZE_MAX)", malloc(SIZE_MAX - zero));
	refused("malloc(PTRDIFF_MAX + 1)", malloc((size_t)PTRDIFF_MAX + 1 + zero));
	refused("calloc(SIZE_MAX / 2 + 1, 2)", calloc(SIZE_MAX / 2 + 1 + zero, 2));
	return EXIT_SUCCESS;
}
