// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lose memory, and detect it in three ways: from outside, from the C library, and by keeping an account of one's own.
 *
 * A leak is memory that was allocated, is not used any more, and was never given back. Nothing is wrong with any single
 * line, and the program goes on until there is no memory left.
 *
 *     RssAnon        grows with the leak; does not say why, and also grows for good reasons
 *     mallinfo2()    what the C library has given out and not got back, in bytes, with its own overhead: a block of 1000 has 1008
 *     an account     malloc() and free() are replaced by macros that remember who allocated what: only that names the culprit
 *
 * Tools do the last without any change to the program: Valgrind by simulating it, -fsanitize=address by replacing the
 * functions, and by searching memory for pointers they tell what is lost from what is merely kept. For the kernel's own
 * memory there is kmemleak, in the `-debug` profiles.
 *
 * Sources: mallinfo(3), proc(5); kernel documentation, dev-tools/kmemleak.rst.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./memory_leak"
 * stdout = """
 * tidy() ran 10000 times: RssAnon + 0 MiB, the library counts + 0 bytes each time
 * forgetful() ran 10000 times: RssAnon + 10 MiB, the library counts + 1008 bytes each time
 * not given back: 10000 blocks, 10000000 bytes of forgetful()
 * """
 * [/lkmc]
 */
#include "proc_self.h"
#include <malloc.h>

#define TIMES 10000

/* ---- the account ---- */

struct entry {
	void *block;
	size_t size;
	const char *function;
};

static struct entry account[2 * TIMES];
static size_t entries;

static void *remember(size_t size, const char *function)
{
	void *block = malloc(size);

	if (!block || entries == sizeof account / sizeof *account) {
		fprintf(stderr, "memory_leak: no room\n");
		exit(EXIT_FAILURE);
	}
	account[entries++] = (struct entry){ block, size, function };
	return block;
}

static void forget(void *block)
{
	for (size_t i = entries; i-- > 0;)
		if (account[i].block == block) {
			account[i] = account[--entries];
			free(block);
			return;
		}
	fprintf(stderr, "memory_leak: free() of what was never allocated\n");
	exit(EXIT_FAILURE);
}

static void report(void)
{
	size_t bytes = 0;

	for (size_t i = 0; i < entries; i++) {
		bytes += account[i].size;
		if (i + 1 == entries || account[i + 1].function != account[i].function)
			printf("not given back: %zu blocks, %zu bytes of %s()\n", i + 1, bytes, account[i].function);
	}
}

#define malloc(size) remember(size, __func__)
#define free(block) forget(block)

/* ---- the program ---- */

static void tidy(void)
{
	free(memset(malloc(1000), 1, 1000));
}

static void forgetful(void)
{
	memset(malloc(1000), 1, 1000);
}

static void run(const char *name, void (*function)(void))
{
	struct memory before, more;
	size_t given_out;

	/* So that what the first call needs once does not look like a leak: the library keeps the block, and counts it as given out. */
	tidy();
	before = memory_now();
	given_out = mallinfo2().uordblks;
	for (int i = 0; i < TIMES; i++)
		function();
	given_out = mallinfo2().uordblks - given_out;
	more = memory_since(before);
	printf("%s ran %d times: RssAnon + %ld MiB, the library counts + %zu bytes each time\n", name, TIMES, more.resident,
	       (given_out + TIMES / 2) / TIMES);
}

int main(void)
{
	run("tidy()", tidy);
	run("forgetful()", forgetful);
	report();
	return EXIT_SUCCESS;
}
