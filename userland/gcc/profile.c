// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let the compiler count calls: -pg, and what is in the gmon.out that it leaves.
 *
 *     profile N          computes the Nth Fibonacci number in the slowest way
 *     profile read FILE  prints who called the two functions of this program how often
 *
 * With -pg each function begins with a call of mcount(), which counts pairs of caller and callee. The signal SIGPROF
 * interrupts the program a hundred times a second of processor time and notes where it is. When the program ends, both are
 * written to gmon.out:
 *
 *     "gmon", the version 1 and 12 bytes of nothing
 *     records, each with a byte for its kind: 0 a histogram of places,
 *         1 an "arc": an address in the caller, an address in the callee, a count
 *
 * gprof makes a report of it with the program's symbols: copy gmon.out to a shared directory (`lkmc profile run --share`),
 * then `gprof PROGRAM gmon.out` with the gprof of the target's binutils. The second form here reads the counts alone. They
 * are exact, and times are samples.
 *
 * To compute fib(n), fib() is called 2 fib(n + 1) - 1 times: 1973 times for 15, of which one is main()'s.
 *
 * Sources: gprof manual, "Profiling Data File Format"; gcc manual, "Program Instrumentation Options".
 *
 * [lkmc]
 * cflags = ["-pg", "-fno-toplevel-reorder"]
 *
 * [[lkmc.run]]
 * guest = '''
 * ./profile 15
 * head -c 4 gmon.out; echo
 * mv gmon.out measured
 * ./profile read measured
 * '''
 * stdout = """
 * fib(15) = 610
 * gmon
 * another function called fib() 1 time(s)
 * fib() called fib() 1972 time(s)
 * """
 * [/lkmc]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static __attribute__((noinline)) unsigned long fib(unsigned int n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

/* fib() itself, and what comes right after it: functions of a file stay in their order (-fno-toplevel-reorder sees to it). */
static __attribute__((noinline)) void after_fib(void)
{
	__asm__ volatile("");
}

static int in_fib(uintptr_t address)
{
	/* On Arm the lowest bit of a function's address says which instruction set it is in. */
	return address >= ((uintptr_t)fib & ~(uintptr_t)1) && address < ((uintptr_t)after_fib & ~(uintptr_t)1);
}

static void get(FILE *file, void *place, size_t size)
{
	if (fread(place, 1, size, file) != size) {
		fprintf(stderr, "profile: the file is too short\n");
		exit(EXIT_FAILURE);
	}
}

struct histogram {
	uintptr_t low, high;
	uint32_t buckets, rate;
	char dimension[16];
};

struct arc {
	uintptr_t caller, callee;
	uint32_t count;
} __attribute__((packed));

static int read_profile(const char *name)
{
	FILE *file = fopen(name, "rb");
	unsigned long from_fib = 0, from_others = 0;
	char head[20];
	int kind;

	if (!file) {
		perror(name);
		return EXIT_FAILURE;
	}
	get(file, head, sizeof head);
	if (memcmp(head, "gmon\1\0\0\0", 8)) {
		fprintf(stderr, "profile: not a gmon.out\n");
		return EXIT_FAILURE;
	}
	while ((kind = getc(file)) != EOF) {
		struct histogram histogram;
		struct arc arc;

		if (kind == 0) {
			get(file, &histogram, sizeof histogram);
			fseek(file, histogram.buckets * 2l, SEEK_CUR);
			continue;
		}
		if (kind != 1)
			break;
		get(file, &arc, sizeof arc);
		if (in_fib(arc.callee))
			*(in_fib(arc.caller) ? &from_fib : &from_others) += arc.count;
	}
	fclose(file);
	printf("another function called fib() %lu time(s)\n", from_others);
	printf("fib() called fib() %lu time(s)\n", from_fib);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	unsigned int n = argc == 2 ? (unsigned int)atoi(argv[1]) : 10;

	after_fib();
	if (argc == 3 && !strcmp(argv[1], "read"))
		return read_profile(argv[2]);
	printf("fib(%u) = %lu\n", n, fib(n));
	return EXIT_SUCCESS;
}
