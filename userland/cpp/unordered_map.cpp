// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find a key by its hash: std::unordered_map, with its buckets looked at, and an attack on them.
 *
 * The hash of a key modulo the number of buckets says where its list begins. As long as the lists are short, a search takes
 * one or two steps, however many keys there are. When there are more keys than buckets (max_load_factor), it takes more buckets
 * and distributes all of them: that one insertion is slow, iterators are void then, pointers to elements hold. There is no order.
 *
 * libstdc++'s hash of an integer is that integer, and the number of buckets a prime: keys that are multiples of it all fall
 * into one bucket, and a search becomes a walk through all of them. A fixed function that mixes the bits helps against such
 * accidents only: whoever knows it can compute keys that collide. Here it also begins with a number that is another one in each
 * run. Against strangers who try, that is still no proof: for them there are hashes with a key, such as SipHash.
 *
 * Sources: ISO/IEC 14882:2020, [unord.req], [unord.hash].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./unordered_map"
 * stdout = """
 * words: the 3, cat 1, dog 1, and 1, of 4
 * the hash of 42: 42
 * 1000 keys: longest list 1, buckets are more than keys: yes
 * a pointer held while it grew: yes
 * 1000 multiples of the number of buckets: longest list 1000
 * comparisons to find the one that came first: 1000
 * with a better hash: longest list is less than 20: yes
 * reserved, so no growth: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <cstdint>
#include <functional>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <unordered_map>

static int comparisons;

struct Counting {
	bool operator()(std::size_t left, std::size_t right) const
	{
		comparisons++;
		return left == right;
	}
};

/* A step of SplitMix64, from a number that changes from run to run. */
struct Mixed {
	std::uint64_t seed = std::random_device()();

	std::size_t operator()(std::size_t key) const
	{
		std::uint64_t mixed = (key + seed + 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;

		mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
		return static_cast<std::size_t>(mixed ^ mixed >> 31);
	}
};

template <typename Map> static std::size_t longest(const Map &map)
{
	std::size_t longest = 0;

	for (std::size_t bucket = 0; bucket < map.bucket_count(); bucket++)
		longest = std::max(longest, map.bucket_size(bucket));
	return longest;
}

int main()
{
	std::unordered_map<std::string, int> words;
	std::istringstream text("the cat the dog and the");

	for (std::string word; text >> word;)
		words[word]++;
	std::cout << "words:";
	for (const char *word : { "the", "cat", "dog", "and" })
		std::cout << ' ' << word << ' ' << words[word] << ',';
	std::cout << " of " << words.size() << '\n';
	std::cout << "the hash of 42: " << std::hash<int>()(42) << '\n';

	std::unordered_map<std::size_t, int, std::hash<std::size_t>, Counting> numbers;
	int *first = &numbers[0];
	for (std::size_t i = 0; i < 1000; i++)
		numbers[i]++;
	std::cout << "1000 keys: longest list " << longest(numbers)
		  << ", buckets are more than keys: " << yes(numbers.bucket_count() > numbers.size()) << '\n';
	std::cout << "a pointer held while it grew: " << yes(first == &numbers[0]) << '\n';

	/* As many buckets as it has now it keeps, if it gets no more keys. */
	std::size_t buckets = numbers.bucket_count();
	numbers.clear();
	for (std::size_t i = 1; i <= 1000; i++)
		numbers[i * buckets]++;
	std::cout << "1000 multiples of the number of buckets: longest list " << longest(numbers) << '\n';
	/* A new one comes to the front of its list. */
	comparisons = 0;
	(void)numbers.find(buckets);
	std::cout << "comparisons to find the one that came first: " << comparisons << '\n';

	std::unordered_map<std::size_t, int, Mixed> mixed;
	for (std::size_t i = 1; i <= 1000; i++)
		mixed[i * buckets]++;
	std::cout << "with a better hash: longest list is less than 20: " << yes(longest(mixed) < 20) << '\n';

	std::unordered_map<int, int> reserved;
	reserved.reserve(1000);
	std::size_t before = reserved.bucket_count();
	for (int i = 0; i < 1000; i++)
		reserved[i] = i;
	std::cout << "reserved, so no growth: " << yes(reserved.bucket_count() == before) << '\n';
}
