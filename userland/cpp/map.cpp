// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep pairs in the order of their keys: std::map, a balanced tree with a node on the heap for each pair.
 *
 * Every operation walks from the root: about log2 N comparisons, and as many nodes that may lie anywhere in memory. What is
 * paid for that: the keys are sorted at all times, a range of them can be asked for, and a pair never moves. A pointer or an
 * iterator to it holds until this very pair is erased. [] makes a pair where there is none: at() and find() do not. A node can be
 * taken out and put into another map, with a changed key, without any allocation.
 *
 * Sources: ISO/IEC 14882:2020, [associative.reqmts], [map].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./map"
 * stdout = """
 * sorted: ant=3 bee=1 fly=2
 * [] makes a pair: fox=0, size 4
 * at() does not: out_of_range
 * insert does not overwrite: bee=1, insert_or_assign does: bee=9
 * from b on: bee=9 fly=2 fox=0, before f: ant=3 bee=9
 * a pointer holds when others come and go: yes
 * renamed without an allocation: 0, ant=3 bee=9 fox=0 wasp=2
 * comparisons for one of 1024 keys: at most 20: yes
 * another order: fox bee ant
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

template <typename Iterator> static void show(Iterator begin, Iterator end)
{
	for (; begin != end; ++begin)
		std::cout << ' ' << begin->first << '=' << begin->second;
}

static int comparisons;

struct Counting {
	bool operator()(int left, int right) const
	{
		comparisons++;
		return left < right;
	}
};

int main()
{
	std::map<std::string, int> insects = { { "fly", 2 }, { "ant", 3 }, { "bee", 1 } };

	std::cout << "sorted:";
	show(insects.begin(), insects.end());
	std::cout << "\n[] makes a pair: fox=" << insects["fox"] << ", size " << insects.size() << '\n';
	try {
		insects.at("owl");
	} catch (const std::out_of_range &) {
		std::cout << "at() does not: out_of_range\n";
	}
	insects.insert({ "bee", 5 });
	std::cout << "insert does not overwrite: bee=" << insects.at("bee");
	insects.insert_or_assign("bee", 9);
	std::cout << ", insert_or_assign does: bee=" << insects.at("bee") << "\nfrom b on:";
	show(insects.lower_bound("b"), insects.end());
	std::cout << ", before f:";
	show(insects.begin(), insects.lower_bound("f"));

	int *of_ant = &insects["ant"];
	for (int i = 0; i < 100; i++)
		insects[std::to_string(i)] = i;
	for (int i = 0; i < 100; i++)
		insects.erase(std::to_string(i));
	std::cout << "\na pointer holds when others come and go: " << (of_ant == &insects["ant"] ? "yes" : "no") << '\n';

	int before = allocations;
	auto node = insects.extract("fly");
	node.key() = "wasp";
	insects.insert(std::move(node));
	std::cout << "renamed without an allocation: " << allocations - before << ',';
	show(insects.begin(), insects.end());

	std::map<int, int, Counting> numbers;
	for (int i = 0; i < 1024; i++)
		numbers[i] = i;
	int most = 0;
	for (int i = 0; i < 1024; i++) {
		comparisons = 0;
		(void)numbers.find(i);
		most = std::max(most, comparisons);
	}
	std::cout << "\ncomparisons for one of 1024 keys: at most 20: " << (most >= 10 && most <= 20 ? "yes" : "no") << '\n';

	std::map<std::string, int, std::greater<>> descending(insects.begin(), std::prev(insects.end()));
	std::cout << "another order:";
	for (const auto &[name, number] : descending)
		std::cout << ' ' << name;
	std::cout << '\n';
}
