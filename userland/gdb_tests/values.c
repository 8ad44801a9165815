// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Something to look at with a debugger: locals, structs, arrays, pointers, calls that go three deep.
 *
 * A function sums up the squares of some numbers, and a list of people is sorted by age with qsort(3), which calls back into
 * this program. Where a debugger may want to stop stands a comment, gdb: NAME. Try
 *
 *     lkmc demo debug userland/gdb_tests/values.c square
 *     lkmc demo debug userland/gdb_tests/values.c by_age --in user --batch --ex bt
 *
 * Sources: GDB manual, "Examining Data" and "Stopping and Continuing"; qsort(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./values"
 * stdout = """
 * 55
 * Ada 36, Grace 85, Edsger 72
 * Ada 36, Edsger 72, Grace 85
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>

struct person {
	const char *name;
	int age;
	struct {
		unsigned known : 1;
		unsigned level : 3;
	} flags;
};

static struct person people[] = {
	{ "Ada", 36, { 1, 5 } },
	{ "Grace", 85, { 1, 7 } },
	{ "Edsger", 72, { 0, 3 } },
};

#define COUNT (sizeof(people) / sizeof(people[0]))

static int total;

static int square(int number)
{
	int result = number * number;

	return result; /* gdb: square */
}

static int sum_of_squares(const int *numbers, int count)
{
	int sum = 0;

	for (int i = 0; i < count; i++) {
		sum += square(numbers[i]);
		total = sum; /* gdb: loop */
	}
	return sum;
}

static int by_age(const void *left, const void *right)
{
	const struct person *a = left, *b = right;

	return a->age - b->age; /* gdb: compare */
}

static void print(void)
{
	for (size_t i = 0; i < COUNT; i++)
		printf("%s%s %d", i ? ", " : "", people[i].name, people[i].age);
	puts("");
}

int main(int argc, char **argv)
{
	int numbers[] = { 1, 2, 3, 4, 5 };
	double half = 0.5;
	long long wide = 0x123456789abcdef0;

	(void)half;
	(void)wide;
	(void)argc;
	(void)argv;
	printf("%d\n", sum_of_squares(numbers, 5)); /* gdb: main */
	print();
	qsort(people, COUNT, sizeof(people[0]), by_age); /* gdb: sort */
	print();
	return total == 55 ? 0 : 3; /* gdb: end */
}
