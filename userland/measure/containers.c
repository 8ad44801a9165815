// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Insert N random keys into a binary search tree, a binary heap and a hash map: the cost of an insertion as they grow.
 *
 * A tree walks about 1.4 log2 N nodes that lie anywhere in memory. A heap moves a new key up its array by 1.3 levels on
 * average, however large it is. A map touches one or two slots. With real caches the three part sooner than their theory says,
 * because a tree's nodes stop to fit:
 *
 *     lkmc bench sweep aarch64-gem5-hpi --over cache.l2.size=256KiB,1MiB --demos measure/containers.c -- containers tree 10000
 *
 * The tree is not balanced, but random keys keep it low: a new one goes to a depth of 2 ln N - 2.8 on average, the
 * deepest one to somewhat less than 4.3 ln N. The output has both.
 *
 * Sources: Knuth, The Art of Computer Programming, volume 3, sections 5.2.3, 6.2.2 and 6.4.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "tree"
 * guest = "./containers tree 1000"
 * stdout = "tree: 1000 keys, smallest 0051dc055045ffc7, depth 10.2 on average, 20 at most\n"
 * [[lkmc.run]]
 * name = "heap"
 * guest = "./containers heap 1000"
 * stdout = "heap: 1000 keys, smallest 0051dc055045ffc7\n"
 * [[lkmc.run]]
 * name = "map"
 * guest = "./containers map 1000"
 * stdout = "map: 1000 keys, smallest 0051dc055045ffc7\n"
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./containers list 1000"
 * status = 2
 * stderr = "usage: containers tree|heap|map KEYS\n"
 * [/lkmc]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t state = 1;

static uint64_t next_key(void)
{
	/* The upper half of one step above the upper half of the next: a generator's lower bits are not random. */
	uint64_t high;

	state = state * 6364136223846793005u + 1442695040888963407u;
	high = state & 0xffffffff00000000u;
	state = state * 6364136223846793005u + 1442695040888963407u;
	return high | state >> 32;
}

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "containers: out of memory\n");
		exit(1);
	}
	return memory;
}

/* ---- tree ---- */

struct node {
	uint64_t key;
	struct node *child[2];
};

static void tree(uint64_t count)
{
	struct node *root = NULL, *smallest;
	uint64_t depths = 0;
	unsigned deepest = 0;

	for (uint64_t i = 0; i < count; i++) {
		uint64_t key = next_key();
		struct node **place = &root;
		unsigned depth = 0;

		for (; *place; depth++)
			place = &(*place)->child[key > (*place)->key];
		*place = must(calloc(1, sizeof **place));
		(*place)->key = key;
		depths += depth;
		if (depth > deepest)
			deepest = depth;
	}
	for (smallest = root; smallest->child[0]; smallest = smallest->child[0])
		;
	printf("tree: %" PRIu64 " keys, smallest %016" PRIx64 ", depth %" PRIu64 ".%" PRIu64 " on average, %u at most\n", count,
	       smallest->key, depths / count, depths * 10 / count % 10, deepest);
}

/* ---- heap ---- */

static void heap(uint64_t count)
{
	uint64_t *keys = must(malloc(count * sizeof *keys));

	for (uint64_t i = 0; i < count; i++) {
		uint64_t key = next_key(), at = i;

		for (; at > 0 && keys[(at - 1) / 2] > key; at = (at - 1) / 2)
			keys[at] = keys[(at - 1) / 2];
		keys[at] = key;
	}
	printf("heap: %" PRIu64 " keys, smallest %016" PRIx64 "\n", count, keys[0]);
	free(keys);
}

/* ---- hash map, with open addressing ---- */

/* There are 2^bits slots. */
static uint64_t *slots, used;
static unsigned bits;

static uint64_t capacity(void)
{
	return slots ? (uint64_t)1 << bits : 0;
}

static void put(uint64_t key)
{
	/* Fibonacci hashing: the product's highest bits depend on all bits of the key, its lowest on the key's lowest alone. */
	uint64_t at = key * 0x9e3779b97f4a7c15u >> (64 - bits);

	while (slots[at] && slots[at] != key)
		at = (at + 1) & (capacity() - 1);
	used += !slots[at];
	slots[at] = key;
}

static void grow(void)
{
	uint64_t *old = slots, old_capacity = capacity();

	bits = old ? bits + 1 : 4;
	slots = must(calloc((uint64_t)1 << bits, sizeof *slots));
	used = 0;
	for (uint64_t i = 0; i < old_capacity; i++)
		if (old[i])
			put(old[i]);
	free(old);
}

static void map(uint64_t count)
{
	uint64_t smallest = UINT64_MAX;

	for (uint64_t i = 0; i < count; i++) {
		if (2 * (used + 1) > capacity())
			grow();
		put(next_key());
	}
	for (uint64_t i = 0; i < capacity(); i++)
		if (slots[i] && slots[i] < smallest)
			smallest = slots[i];
	printf("map: %" PRIu64 " keys, smallest %016" PRIx64 "\n", used, smallest);
	free(slots);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*fill)(uint64_t);
	} kinds[] = { { "tree", tree }, { "heap", heap }, { "map", map } };
	uint64_t count = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	for (size_t i = 0; count && i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(argv[1], kinds[i].name)) {
			kinds[i].fill(count);
			return 0;
		}
	fprintf(stderr, "usage: containers tree|heap|map KEYS\n");
	return 2;
}
