// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look at objects that have no size: a structure without members and an array without elements.
 *
 * Standard C has neither. GNU C has both, and they take 0 bytes; in C++ an empty structure takes 1, so that no two objects
 * have the same address. In the kernel they are common: a lock that a kernel on one processor does not need is an empty
 * structure, which costs no memory and needs no #ifdef where it is used. An empty structure still may have an alignment,
 * and then moves what comes after it.
 *
 * `int tail[0]` at the end of a structure is what was used before C99's flexible `int tail[]`: both take nothing, and room
 * for the elements is allocated together with the structure.
 *
 * Sources: gcc manual, "Structures with No Members", "Arrays of Length Zero".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./empty_struct"
 * stdout = """
 * struct {}: 0 bytes
 * an array of 10 of them: 0 bytes
 * an integer: 4 bytes, with an empty structure in it: 4 bytes
 * a character and an empty structure aligned to 8: 8 bytes
 * int tail[0]: 4 bytes, int tail[]: 4 bytes
 * assigned and passed: the neighbours are still 1 and 2
 * """
 * [/lkmc]
 */
#include <stdio.h>

struct empty {
};

struct with_empty {
	int number;
	struct empty nothing;
};

struct aligned {
	char character;
	struct {
	} __attribute__((aligned(8))) nothing;
};

struct old_tail {
	int count;
	int tail[0];
};

struct flexible_tail {
	int count;
	int tail[];
};

static struct empty pass(struct empty nothing)
{
	return nothing;
}

int main(void)
{
	struct {
		int before;
		struct empty nothing;
		int after;
	} three = { .before = 1, .after = 2 };
	struct empty array[10];

	printf("struct {}: %zu bytes\n", sizeof(struct empty));
	printf("an array of 10 of them: %zu bytes\n", sizeof array);
	printf("an integer: %zu bytes, with an empty structure in it: %zu bytes\n", sizeof(int), sizeof(struct with_empty));
	printf("a character and an empty structure aligned to 8: %zu bytes\n", sizeof(struct aligned));
	printf("int tail[0]: %zu bytes, int tail[]: %zu bytes\n", sizeof(struct old_tail), sizeof(struct flexible_tail));
	three.nothing = pass(three.nothing);
	printf("assigned and passed: the neighbours are still %d and %d\n", three.before, three.after);
	return 0;
}
