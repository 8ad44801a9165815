// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compute in twelve ways, each of which leans on another part of the processor, and see what one computation takes.
 *
 * A processor that is good at one kind of program need not be good at another. Each method here is a few lines with one
 * bottleneck:
 *
 *     calls         a recursion (Ackermann's function): calls, returns, the stack
 *     queens        back-tracking: branches that nothing predicts well
 *     interpreter   a loop around a switch: indirect jumps
 *     collatz       additions, shifts, and a branch on a random bit
 *     coprime       Euclid's algorithm: divisions of integers
 *     fermat        powers modulo a prime: 64-bit multiplications and divisions
 *     crc           shifts and exclusive ors that depend on each other
 *     sieve         strided stores
 *     sort          a heap: data-dependent loads and compares
 *     distance      the edit distance of two texts: minima in a table
 *     matrix        products of matrices: floating-point multiplications and additions
 *     roots         square roots by Newton's method: floating-point divisions
 *
 * Each has a result that mathematics knows (there are 92 ways to place eight queens), which every operation is compared with; a
 * processor that gets one wrong ends the program with status 1. Their code and data fit small caches. Cycles by method:
 *
 *     lkmc bench sweep aarch64-gem5-hpi --over cpu.model=HPI,DerivO3CPU --demos measure/cpu_methods.c -- cpu_methods sieve 10
 *
 * Sources: Knuth, The Art of Computer Programming, volumes 1 to 3; W. W. Peterson and D. T. Brown, "Cyclic codes for error
 * detection", Proceedings of the IRE 49 (1961); V. I. Levenshtein, "Binary codes capable of correcting deletions, insertions, and
 * reversals", Soviet Physics Doklady 10 (1966).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "all"
 * guest = "./cpu_methods all 2"
 * stdout = """
 * calls: 2 operations, each 125, {dec} ns
 * queens: 2 operations, each 92, {dec} ns
 * interpreter: 2 operations, each 500500, {dec} ns
 * collatz: 2 operations, each 871, {dec} ns
 * coprime: 2 operations, each 1547, {dec} ns
 * fermat: 2 operations, each 100, {dec} ns
 * crc: 2 operations, each 558161692, {dec} ns
 * sieve: 2 operations, each 1900, {dec} ns
 * sort: 2 operations, each 1024, {dec} ns
 * distance: 2 operations, each 10, {dec} ns
 * matrix: 2 operations, each 400, {dec} ns
 * roots: 2 operations, each 200, {dec} ns
 * """
 * [[lkmc.run]]
 * name = "one"
 * guest = "./cpu_methods sieve 3"
 * stdout = "sieve: 3 operations, each 1900, {dec} ns\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./cpu_methods sieves 3"
 * status = 2
 * stderr = "usage: cpu_methods all|METHOD OPERATIONS\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- control ---- */

static uint64_t ackermann(uint64_t m, uint64_t n)
{
	if (m == 0)
		return n + 1;
	return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

/* A(3, n) is 2^(n + 3) - 3. */
static uint64_t calls(void)
{
	return ackermann(3, 4);
}

/* Columns and diagonals that a queen already holds; a row is placed in each call. */
static uint64_t place(unsigned columns, unsigned left, unsigned right)
{
	uint64_t ways = 0;

	if (columns == 0xff)
		return 1;
	for (unsigned free = 0xff & ~(columns | left | right); free; free &= free - 1) {
		unsigned queen = free & -free;

		ways += place(columns | queen, (left | queen) << 1, (right | queen) >> 1);
	}
	return ways;
}

static uint64_t queens(void)
{
	return place(0, 0, 0);
}

/* A program for a machine of two registers: Gauss's sum of the numbers to 1000. */
static uint64_t interpreter(void)
{
	static const enum { ADD, DECREMENT, LOOP, STOP } program[] = { ADD, DECREMENT, LOOP, STOP };
	uint64_t sum = 0, number = 1000;

	for (size_t at = 0;; at++)
		switch (program[at]) {
		case ADD:
			sum += number;
			break;
		case DECREMENT:
			number--;
			break;
		case LOOP:
			if (number)
				at = (size_t)-1;
			break;
		case STOP:
			return sum;
		}
}

/* ---- integers ---- */

/* Which number below 1000 takes the most steps to get to 1. */
static uint64_t collatz(void)
{
	unsigned most = 0;
	uint64_t found = 0;

	for (uint64_t start = 1; start < 1000; start++) {
		unsigned steps = 0;

		for (uint64_t value = start; value != 1; steps++)
			value = value & 1 ? 3 * value + 1 : value >> 1;
		if (steps > most) {
			most = steps;
			found = start;
		}
	}
	return found;
}

/* Pairs of numbers up to 50 that have no common divisor: twice the sum of Euler's totients, without the second (1, 1). */
static uint64_t coprime(void)
{
	uint64_t pairs = 0;

	for (unsigned a = 1; a <= 50; a++)
		for (unsigned b = 1; b <= 50; b++) {
			unsigned x = a, y = b;

			while (y) {
				unsigned rest = x % y;

				x = y;
				y = rest;
			}
			pairs += x == 1;
		}
	return pairs;
}

/* Fermat's little theorem for the prime 2^31 - 1: for how many of the bases is their power 1? */
static uint64_t fermat(void)
{
	const uint64_t prime = 0x7fffffff;
	uint64_t right = 0;

	for (uint64_t base = 2; base < 102; base++) {
		uint64_t power = 1, square = base;

		for (uint64_t exponent = prime - 1; exponent; exponent >>= 1) {
			if (exponent & 1)
				power = power * square % prime;
			square = square * square % prime;
		}
		right += power == 1;
	}
	return right;
}

static uint32_t crc_of(uint32_t crc, const unsigned char *bytes, size_t count)
{
	crc = ~crc;
	for (size_t i = 0; i < count; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* The checksum of any message with its own checksum behind it is the same. */
static uint64_t crc(void)
{
	unsigned char message[512 + 4];
	uint32_t own;

	for (int i = 0; i < 512; i++)
		message[i] = (unsigned char)(i * i >> 3);
	own = crc_of(0, message, 512);
	for (int i = 0; i < 4; i++)
		message[512 + i] = (unsigned char)(own >> 8 * i);
	return crc_of(0, message, sizeof message);
}

/* ---- memory ---- */

/* Primes below 2^14. */
static uint64_t sieve(void)
{
	static bool composite[1 << 14];
	uint64_t primes = 0;

	memset(composite, 0, sizeof composite);
	for (size_t i = 2; i < sizeof composite; i++) {
		if (composite[i])
			continue;
		primes++;
		for (size_t j = i * i; j < sizeof composite; j += i)
			composite[j] = true;
	}
	return primes;
}

static void sift(uint32_t *heap, size_t at, size_t count)
{
	uint32_t value = heap[at];

	for (size_t child; (child = 2 * at + 1) < count; at = child) {
		child += child + 1 < count && heap[child + 1] > heap[child];
		if (heap[child] <= value)
			break;
		heap[at] = heap[child];
	}
	heap[at] = value;
}

/* Of a shuffled row of numbers, how many are at their place afterwards? */
static uint64_t sort(void)
{
	enum { COUNT = 1024 };
	static uint32_t heap[COUNT];
	uint64_t placed = 0;

	/* An odd factor makes a permutation of the numbers below a power of two. */
	for (uint32_t i = 0; i < COUNT; i++)
		heap[i] = i * 421 % COUNT;
	for (size_t i = COUNT / 2; i-- > 0;)
		sift(heap, i, COUNT);
	for (size_t end = COUNT; --end > 0;) {
		uint32_t largest = heap[0];

		heap[0] = heap[end];
		heap[end] = largest;
		sift(heap, 0, end);
	}
	for (uint32_t i = 0; i < COUNT; i++)
		placed += heap[i] == i;
	return placed;
}

/* One text is the other with its first five letters moved to the end: five go, five come. */
static uint64_t distance(void)
{
	static const char one[] = "measure twice, cut once; then measure what was cut, and note it";
	enum { LENGTH = sizeof one - 1, MOVED = 5 };
	unsigned row[LENGTH + 1];

	for (unsigned j = 0; j <= LENGTH; j++)
		row[j] = j;
	for (unsigned i = 1; i <= LENGTH; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= LENGTH; j++) {
			unsigned best = diagonal + (one[i - 1] != one[(j - 1 + MOVED) % LENGTH]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[LENGTH];
}

/* ---- floating point ---- */

#define ORDER 20

static void multiply(double product[ORDER][ORDER], double a[ORDER][ORDER], double b[ORDER][ORDER])
{
	for (int i = 0; i < ORDER; i++)
		for (int j = 0; j < ORDER; j++) {
			double sum = 0;

			for (int k = 0; k < ORDER; k++)
				sum += a[i][k] * b[k][j];
			product[i][j] = sum;
		}
}

/*
 * Pascal's triangle times the same with alternating signs is the identity: how many elements are? Every number here is an
 * integer that a double holds exactly, so that the order of the additions makes no difference.
 */
static uint64_t matrix(void)
{
	static double triangle[ORDER][ORDER], inverse[ORDER][ORDER], product[ORDER][ORDER];
	uint64_t right = 0;

	for (int i = 0; i < ORDER; i++)
		for (int j = 0; j <= i; j++) {
			triangle[i][j] = j == 0 || j == i ? 1 : triangle[i - 1][j - 1] + triangle[i - 1][j];
			inverse[i][j] = (i + j) % 2 ? -triangle[i][j] : triangle[i][j];
		}
	multiply(product, triangle, inverse);
	for (int i = 0; i < ORDER; i++)
		for (int j = 0; j < ORDER; j++)
			right += product[i][j] == (i == j);
	return right;
}

/* Of how many numbers is the root's square that number, to twelve digits? */
static uint64_t roots(void)
{
	uint64_t right = 0;

	for (int number = 1; number <= 200; number++) {
		double root = number, error;

		for (int step = 0; step < 12; step++)
			root = (root + number / root) / 2;
		error = root * root / number - 1;
		right += error < 1e-12 && error > -1e-12;
	}
	return right;
}

static const struct method {
	const char *name;
	uint64_t (*compute)(void);
	uint64_t result;
} methods[] = {
	{ "calls", calls, 125 },
	{ "queens", queens, 92 },
	{ "interpreter", interpreter, 500500 },
	{ "collatz", collatz, 871 },
	{ "coprime", coprime, 1547 },
	{ "fermat", fermat, 100 },
	{ "crc", crc, 0x2144df1c },
	{ "sieve", sieve, 1900 },
	{ "sort", sort, 1024 },
	{ "distance", distance, 10 },
	{ "matrix", matrix, ORDER * ORDER },
	{ "roots", roots, 200 },
};

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void measure(const struct method *method, uint64_t operations)
{
	uint64_t time = nanoseconds();

	for (uint64_t i = 0; i < operations; i++) {
		uint64_t result = method->compute();

		if (result != method->result) {
			fprintf(stderr, "cpu_methods: %s: %" PRIu64 " where %" PRIu64 " is right\n", method->name, result,
				method->result);
			exit(1);
		}
	}
	time = nanoseconds() - time;
	printf("%s: %" PRIu64 " operations, each %" PRIu64 ", %" PRIu64 " ns\n", method->name, operations, method->result,
	       time / operations);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	uint64_t operations = argc == 3 ? strtoull(argv[2], &end, 10) : 0;
	bool known = false;

	for (size_t i = 0; operations && !*end && i < sizeof methods / sizeof *methods; i++)
		if (!strcmp(argv[1], "all") || !strcmp(argv[1], methods[i].name)) {
			measure(&methods[i], operations);
			known = true;
		}
	if (!known) {
		fprintf(stderr, "usage: cpu_methods all|METHOD OPERATIONS\n");
		return 2;
	}
	return 0;
}
