// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeat a mix of integer statements whose numbers are known, as Dhrystone does, and see cycles per iteration.
 *
 * Dhrystone became the measure of integer performance because its statements are distributed as they were found to be in
 * system programs: about half assignments, a third control statements, a sixth calls. This program is written afresh with that
 * distribution: 52 assignments, 33 control statements and 15 calls in an iteration, 100 statements in all. `--count` runs it
 * with a counter at each statement and prints their sums, so that the numbers are no matter of faith (which way some branches go
 * depends on the data, hence the 26 that are missing). Like Dhrystone it has no floating point, its data fits any cache, and
 * much of its time is spent in string functions.
 *
 * On gem5, cycles for growing N, where the difference of two runs is free of the start of the program:
 *
 *     lkmc bench run aarch64-gem5-hpi --demos measure/integer_mix.c -- integer_mix 1000
 *
 * Sources: R. P. Weicker, "Dhrystone: a synthetic systems programming benchmark", Communications of the ACM 27 (1984), and
 * "Dhrystone benchmark: rationale for version 2", SIGPLAN Notices 23 (1988).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "counted"
 * guest = "./integer_mix --count 1000"
 * stdout = """
 * assignments 51974
 * control 33000
 * calls 15000
 * 1000 iterations: 999b7557
 * """
 * [[lkmc.run]]
 * name = "plain"
 * guest = "./integer_mix 1000"
 * stdout = "1000 iterations: 999b7557\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./integer_mix"
 * status = 2
 * stderr = "usage: integer_mix [--count] ITERATIONS\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { FIRST, SECOND, THIRD };

struct record {
	struct record *next;
	enum kind kind;
	int32_t number;
	char text[32];
};

/* The checksum depends on all of it, so that nothing can be left out. */
static struct record one, two;
static int32_t row[64], square[10][10], global_number;
static char first_text[32] = "the first of two short texts...", second_text[32];
static uint32_t assignments, controls, calls;

/* Each statement is counted where it stands. In the version that is measured, `counting` is false when it is compiled. */
#define ASSIGN(statement) do { assignments += counting; statement; } while (0)
#define CONTROL (controls += counting, true)
#define CALL (calls += counting)

#define BOTH static inline __attribute__((always_inline))

BOTH int32_t clamp(int32_t value, int32_t limit, bool counting)
{
	int32_t result;

	ASSIGN(result = value);
	if (CONTROL && result > limit)
		result = limit;
	else
		ASSIGN(result = result + 1);
	return CONTROL ? result : 0;
}

BOTH enum kind turn(enum kind kind, bool counting)
{
	enum kind result;
	int32_t number;

	ASSIGN(number = (int32_t)kind);
	ASSIGN(number = number * 5 + 1);
	ASSIGN(result = (enum kind)(number % 3));
	switch (CONTROL ? result : FIRST) {
	case FIRST:
	case SECOND:
	case THIRD:
		if (CONTROL)
			ASSIGN(global_number = global_number ^ number);
		break;
	}
	return CONTROL ? result : FIRST;
}

BOTH void arrays(int32_t index, int32_t value, bool counting)
{
	int32_t at;

	CALL;
	ASSIGN(at = clamp(index, 40, counting));
	ASSIGN(row[at] = value);
	ASSIGN(row[at + 1] = row[at]);
	ASSIGN(row[at + 9] = at);
	for (int32_t i = 0; CONTROL && i < 1; i++)
		ASSIGN(square[at % 10][(at + i) % 10] = at);
	CALL;
	ASSIGN(square[at % 10][at % 9] = clamp(row[at], 1 << 20, counting));
	if (CONTROL)
		return;
}

BOTH void records(struct record *from, struct record *to, bool counting)
{
	CALL;
	ASSIGN(memcpy(to, from, sizeof *to));
	ASSIGN(to->next = from);
	ASSIGN(from->number = (from->number * 3 + 7) & 0xffffff);
	ASSIGN(to->number = from->number & 0xffff);
	CALL;
	ASSIGN(to->kind = turn(from->kind, counting));
	if (CONTROL && to->kind == from->kind)
		to->number = 0;
	else
		ASSIGN(from->kind = to->kind);
	CALL;
	ASSIGN(strcpy(to->text, from->text));
	ASSIGN(to->text[2] = (char)('a' + to->number % 26));
	if (CONTROL)
		return;
}

BOTH bool texts(bool counting)
{
	bool same;

	CALL;
	ASSIGN(strcpy(second_text, first_text));
	ASSIGN(second_text[30] = (char)('0' + global_number % 10));
	CALL;
	ASSIGN(same = strcmp(first_text, second_text) == 0);
	if (CONTROL && same)
		first_text[0] = 'T';
	while (CONTROL && same)
		same = false;
	if (CONTROL)
		ASSIGN(first_text[29] = second_text[28]);
	return CONTROL ? same : true;
}

BOTH void iteration(uint32_t number, bool counting)
{
	int32_t a, b, c;
	bool same;

	ASSIGN(a = (int32_t)(number & 0x3ff));
	ASSIGN(b = a + 3);
	ASSIGN(c = b * a - 5);
	CALL;
	records(&one, &two, counting);
	CALL;
	arrays(a, c, counting);
	CALL;
	ASSIGN(same = texts(counting));
	if (CONTROL && !same)
		ASSIGN(c = c / b);
	CALL;
	ASSIGN(a = clamp(c, 900, counting));
	CALL;
	ASSIGN(b = clamp(a, 30, counting));
	CALL;
	ASSIGN(two.kind = turn(two.kind, counting));
	for (int32_t i = 0; CONTROL && i < 4; i++)
		ASSIGN(c = c + (a >> i));
	CALL;
	ASSIGN(one.kind = turn(two.kind, counting));
	do {
		ASSIGN(b = b - 7);
	} while (CONTROL && b > 24);
	CALL;
	ASSIGN(one.number = (one.number + abs(c)) & 0xffffff);
	ASSIGN(global_number = (global_number + one.number + row[b + 8]) & 0xffffff);
}

static uint32_t checksum(void)
{
	uint32_t sum = (uint32_t)(global_number ^ one.number) ^ (uint32_t)two.number << 8;

	for (size_t i = 0; i < sizeof row / sizeof *row; i++)
		sum = sum * 31 + (uint32_t)row[i];
	for (size_t i = 0; i < sizeof first_text; i++)
		sum = sum * 31 + (unsigned char)second_text[i] + (unsigned char)two.text[i];
	return sum;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	bool known = argc == 2 || (argc == 3 && !strcmp(argv[1], "--count"));
	uint32_t iterations = known ? (uint32_t)strtoul(argv[argc - 1], &end, 10) : 0;

	one = (struct record){ .next = &two, .kind = SECOND, .number = 40, .text = "some text of thirty letters..." };
	if (!end || end == argv[argc - 1] || *end) {
		fprintf(stderr, "usage: integer_mix [--count] ITERATIONS\n");
		return 2;
	}
	if (argc == 3) {
		for (uint32_t i = 0; i < iterations; i++)
			iteration(i, true);
		printf("assignments %" PRIu32 "\ncontrol %" PRIu32 "\ncalls %" PRIu32 "\n", assignments, controls, calls);
	} else {
		for (uint32_t i = 0; i < iterations; i++)
			iteration(i, false);
	}
	printf("%" PRIu32 " iterations: %08" PRIx32 "\n", iterations, checksum());
	return 0;
}
