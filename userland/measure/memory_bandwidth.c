// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fill, copy and read a block of memory in several ways: how many bytes in a second does each of them move?
 *
 * By hand it goes eight bytes at a time: upwards, downwards (which not every prefetcher follows), with a request for the line
 * that comes four lines later, and with non-temporal stores, which tell the processor that nobody reads this soon and which may
 * go past its caches. memset() and memcpy() are the C library's, which are written for the processor. A method counts bytes
 * once, also where it reads and writes them. `copy` is all methods whose name begins so.
 *
 * A block that fits a cache shows the cache's bandwidth, a larger one that of the memory behind it:
 *
 *     lkmc bench sweep aarch64-gem5-hpi --over cache.l2.size=128KiB,1MiB --demos measure/memory_bandwidth.c \
 *         -- memory_bandwidth 256 2 copy
 *
 * Every filled or copied word is compared when the clock has stopped, and every sum of a read: a method that does less than it
 * says ends the program with status 1. Filling the blocks and comparing them is in gem5's statistics but not in the numbers that
 * are printed; the difference of two runs with different PASSES is free of it.
 *
 * Non-temporal stores are MOVNTI on x86_64 and STNP on aarch64. Neither ARMv7-A nor RV64GC has any.
 *
 * Sources: Arm Architecture Reference Manual (DDI 0487), "Load/Store Non-temporal pair"; Intel SDM, volume 1, section 10.4.6.2.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "fill"
 * guest = "./memory_bandwidth 64 3 fill-"
 * stdout = """
 * fill-forward: 196608 bytes, {dec} MB/s
 * fill-backward: 196608 bytes, {dec} MB/s
 * fill-memset: 196608 bytes, {dec} MB/s
 * """
 * [[lkmc.run]]
 * name = "copy"
 * guest = "./memory_bandwidth 64 3 copy-"
 * stdout = """
 * copy-forward: 196608 bytes, {dec} MB/s
 * copy-backward: 196608 bytes, {dec} MB/s
 * copy-prefetched: 196608 bytes, {dec} MB/s
 * copy-memcpy: 196608 bytes, {dec} MB/s
 * """
 * [[lkmc.run]]
 * name = "read"
 * guest = "./memory_bandwidth 64 3 read-"
 * stdout = """
 * read-forward: 196608 bytes, {dec} MB/s
 * read-backward: 196608 bytes, {dec} MB/s
 * read-prefetched: 196608 bytes, {dec} MB/s
 * """
 * [[lkmc.run]]
 * name = "non-temporal"
 * arches = ["x86_64", "aarch64"]
 * guest = "./memory_bandwidth 64 3 non-temporal-"
 * stdout = """
 * non-temporal-fill: 196608 bytes, {dec} MB/s
 * non-temporal-copy: 196608 bytes, {dec} MB/s
 * """
 * [[lkmc.run]]
 * name = "none that is non-temporal"
 * arches = ["arm", "riscv64"]
 * guest = "./memory_bandwidth 64 3 non-temporal-"
 * status = 2
 * stderr = "usage: memory_bandwidth KIBIBYTES PASSES [METHOD]\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./memory_bandwidth 64"
 * status = 2
 * stderr = "usage: memory_bandwidth KIBIBYTES PASSES [METHOD]\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LINE 64
/* How many lines ahead a line is asked for. */
#define AHEAD 4

struct line {
	uint64_t word[LINE / sizeof(uint64_t)];
};

/* What one pass does: one of the three. */
struct method {
	const char *name;
	void (*fill)(struct line *to, size_t lines, uint64_t value);
	void (*copy)(struct line *to, const struct line *from, size_t lines);
	uint64_t (*read)(const struct line *from, size_t lines);
};

/* Written out, because a loop over eight words is what would be measured otherwise; inlined without optimization too. */
#define BY_WORD static inline __attribute__((always_inline))

BY_WORD void fill_line(struct line *to, uint64_t value)
{
	to->word[0] = value, to->word[1] = value, to->word[2] = value, to->word[3] = value;
	to->word[4] = value, to->word[5] = value, to->word[6] = value, to->word[7] = value;
}

BY_WORD void copy_line(struct line *to, const struct line *from)
{
	to->word[0] = from->word[0], to->word[1] = from->word[1], to->word[2] = from->word[2], to->word[3] = from->word[3];
	to->word[4] = from->word[4], to->word[5] = from->word[5], to->word[6] = from->word[6], to->word[7] = from->word[7];
}

BY_WORD uint64_t sum_line(const struct line *from)
{
	return from->word[0] + from->word[1] + from->word[2] + from->word[3] +
	       from->word[4] + from->word[5] + from->word[6] + from->word[7];
}

/* ---- upwards, downwards, asked for in advance ---- */

/* To the compiler, memory changes here: it must not take a loop for memset() or memcpy(). */
#define KEEP_LOOP __asm__ volatile("" ::: "memory")

static void fill_forward(struct line *to, size_t lines, uint64_t value)
{
	for (size_t i = 0; i < lines; i++) {
		fill_line(&to[i], value);
		KEEP_LOOP;
	}
}

static void fill_backward(struct line *to, size_t lines, uint64_t value)
{
	for (size_t i = lines; i-- > 0;) {
		fill_line(&to[i], value);
		KEEP_LOOP;
	}
}

static void copy_forward(struct line *to, const struct line *from, size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		copy_line(&to[i], &from[i]);
		KEEP_LOOP;
	}
}

static void copy_backward(struct line *to, const struct line *from, size_t lines)
{
	for (size_t i = lines; i-- > 0;) {
		copy_line(&to[i], &from[i]);
		KEEP_LOOP;
	}
}

static void copy_prefetched(struct line *to, const struct line *from, size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		__builtin_prefetch(&from[i + AHEAD]);
		copy_line(&to[i], &from[i]);
		KEEP_LOOP;
	}
}

static uint64_t read_forward(const struct line *from, size_t lines)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < lines; i++)
		sum += sum_line(&from[i]);
	return sum;
}

static uint64_t read_backward(const struct line *from, size_t lines)
{
	uint64_t sum = 0;

	for (size_t i = lines; i-- > 0;)
		sum += sum_line(&from[i]);
	return sum;
}

static uint64_t read_prefetched(const struct line *from, size_t lines)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < lines; i++) {
		__builtin_prefetch(&from[i + AHEAD]);
		sum += sum_line(&from[i]);
	}
	return sum;
}

/* ---- the C library's ---- */

static void fill_memset(struct line *to, size_t lines, uint64_t value)
{
	memset(to, (unsigned char)value, lines * LINE);
}

static void copy_memcpy(struct line *to, const struct line *from, size_t lines)
{
	memcpy(to, from, lines * LINE);
}

/* ---- past the caches ---- */

#if defined __x86_64__
#include <emmintrin.h>

BY_WORD void stream(uint64_t *to, uint64_t first, uint64_t second)
{
	_mm_stream_si64((long long *)to, (long long)first);
	_mm_stream_si64((long long *)to + 1, (long long)second);
}

/* They are not ordered among other stores. */
#define STREAM_END _mm_sfence()

#elif defined __aarch64__

BY_WORD void stream(uint64_t *to, uint64_t first, uint64_t second)
{
	__asm__ volatile("stnp %1, %2, [%0]" : : "r"(to), "r"(first), "r"(second) : "memory");
}

#define STREAM_END __asm__ volatile("dmb ishst" ::: "memory")
#endif

#ifdef STREAM_END
static void fill_stream(struct line *to, size_t lines, uint64_t value)
{
	for (size_t i = 0; i < lines; i++) {
		stream(&to[i].word[0], value, value), stream(&to[i].word[2], value, value);
		stream(&to[i].word[4], value, value), stream(&to[i].word[6], value, value);
	}
	STREAM_END;
}

static void copy_stream(struct line *to, const struct line *from, size_t lines)
{
	for (size_t i = 0; i < lines; i++) {
		stream(&to[i].word[0], from[i].word[0], from[i].word[1]);
		stream(&to[i].word[2], from[i].word[2], from[i].word[3]);
		stream(&to[i].word[4], from[i].word[4], from[i].word[5]);
		stream(&to[i].word[6], from[i].word[6], from[i].word[7]);
	}
	STREAM_END;
}
#endif

static const struct method methods[] = {
	{ "fill-forward", .fill = fill_forward },
	{ "fill-backward", .fill = fill_backward },
	{ "fill-memset", .fill = fill_memset },
	{ "copy-forward", .copy = copy_forward },
	{ "copy-backward", .copy = copy_backward },
	{ "copy-prefetched", .copy = copy_prefetched },
	{ "copy-memcpy", .copy = copy_memcpy },
	{ "read-forward", .read = read_forward },
	{ "read-backward", .read = read_backward },
	{ "read-prefetched", .read = read_prefetched },
#ifdef STREAM_END
	{ "non-temporal-fill", .fill = fill_stream },
	{ "non-temporal-copy", .copy = copy_stream },
#endif
};

/* ---- measuring ---- */

/* Two blocks of one size; `from` has words of which no two are likely to be equal, and `sum` is theirs. */
static struct line *from, *to;
static size_t lines;
static uint64_t sum;

static void make_blocks(size_t kibibytes)
{
	uint64_t state = 1;

	lines = kibibytes * 1024 / LINE;
	from = aligned_alloc(LINE, lines * LINE);
	to = aligned_alloc(LINE, lines * LINE);
	if (!from || !to) {
		fprintf(stderr, "memory_bandwidth: out of memory\n");
		exit(1);
	}
	for (size_t i = 0; i < lines; i++)
		for (int at = 0; at < 8; at++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			from[i].word[at] = state;
			sum += state;
		}
}

/* Every byte that pass number `pass` fills with; a value that memset() can write. */
static uint64_t filling(uint64_t pass)
{
	return (pass + 1) % 256 * 0x0101010101010101u;
}

static uint64_t expected(const struct method *method, size_t line, int at, uint64_t passes)
{
	return method->fill ? filling(passes - 1) : from[line].word[at];
}

/* No word is already what the method has to make of it. */
static void spoil(const struct method *method, uint64_t passes)
{
	for (size_t i = 0; i < lines; i++)
		for (int at = 0; at < 8; at++)
			to[i].word[at] = ~expected(method, i, at, passes);
}

static void compare(const struct method *method, uint64_t passes)
{
	for (size_t i = 0; i < lines; i++)
		for (int at = 0; at < 8; at++)
			if (to[i].word[at] != expected(method, i, at, passes)) {
				fprintf(stderr, "memory_bandwidth: %s: word %zu is wrong\n", method->name, i * 8 + at);
				exit(1);
			}
}

static uint64_t nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void measure(const struct method *method, uint64_t passes)
{
	uint64_t bytes = passes * lines * LINE, found = 0, time;

	if (!method->read)
		spoil(method, passes);
	time = nanoseconds();
	for (uint64_t pass = 0; pass < passes; pass++)
		if (method->fill)
			method->fill(to, lines, filling(pass));
		else if (method->copy)
			method->copy(to, from, lines);
		else
			found += method->read(from, lines);
	time = nanoseconds() - time;
	if (!method->read)
		compare(method, passes);
	else if (found != passes * sum) {
		fprintf(stderr, "memory_bandwidth: %s: the sum is wrong\n", method->name);
		exit(1);
	}
	printf("%s: %" PRIu64 " bytes, %" PRIu64 " MB/s\n", method->name, bytes, bytes * 1000 / (time ? time : 1));
}

static uint64_t number(const char *text, uint64_t largest)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	return end == text || *end || value > largest ? 0 : value;
}

int main(int argc, char **argv)
{
	uint64_t kibibytes = argc >= 3 ? number(argv[1], 1 << 20) : 0;
	uint64_t passes = argc >= 3 ? number(argv[2], 1000000) : 0;
	const char *wanted = argc == 4 ? argv[3] : "";
	int known = 0;

	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		known += !strncmp(methods[i].name, wanted, strlen(wanted));
	if (argc > 4 || !kibibytes || !passes || !known) {
		fprintf(stderr, "usage: memory_bandwidth KIBIBYTES PASSES [METHOD]\n");
		return 2;
	}
	make_blocks(kibibytes);
	for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
		if (!strncmp(methods[i].name, wanted, strlen(wanted)))
			measure(&methods[i], passes);
	return 0;
}
