// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep each value once and in order: std::set; and see what it means that two values are equal.
 *
 * A set never asks whether two values are equal. It asks its comparison twice: neither is less than the other. So a comparison
 * that looks at a part of the value makes a set of these parts, and one that says "less or equal" breaks the tree. Values cannot
 * be changed in place, for they might have to lie elsewhere. With a transparent comparison (std::less<>) it can be searched for
 * another type than its own, without making one.
 *
 * Sources: ISO/IEC 14882:2020, [associative.reqmts], [set], [alg.sorting].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./set"
 * stdout = """
 * 1 2 3 5 8
 * inserted again: no
 * the first that is not less than 4: 5, the first that is greater than 5: 8
 * both: 2 3, either: 1 2 3 4 5 8
 * by length: fig plum, without it: fig pear plum
 * searched without making a string: found, allocations 0
 * smallest and largest: 1 8
 * erased the odd ones: 3, left: 2 8
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include <algorithm>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <vector>

template <typename Container> static void show(const Container &container)
{
	const char *before = "";

	for (const auto &value : container) {
		std::cout << before << value;
		before = " ";
	}
}

int main()
{
	std::set<int> numbers = { 5, 3, 8, 1, 2, 3 };
	std::set<int> others = { 2, 3, 4 };

	show(numbers);
	std::cout << "\ninserted again: " << (numbers.insert(5).second ? "yes" : "no") << '\n';
	std::cout << "the first that is not less than 4: " << *numbers.lower_bound(4)
		  << ", the first that is greater than 5: " << *numbers.upper_bound(5) << "\nboth: ";

	std::vector<int> both, either;
	std::set_intersection(numbers.begin(), numbers.end(), others.begin(), others.end(), std::back_inserter(both));
	std::set_union(numbers.begin(), numbers.end(), others.begin(), others.end(), std::back_inserter(either));
	show(both);
	std::cout << ", either: ";
	show(either);

	auto shorter = [](const std::string &left, const std::string &right) { return left.size() < right.size(); };
	std::vector<std::string> fruit = { "plum", "fig", "pear" };
	std::cout << "\nby length: ";
	show(std::set<std::string, decltype(shorter)>(fruit.begin(), fruit.end()));
	std::cout << ", without it: ";
	show(std::set<std::string>(fruit.begin(), fruit.end()));

	std::set<std::string, std::less<>> names = { "a name that is too long to be kept in the string itself" };
	std::string_view wanted = "a name that is too long to be kept in the string itself";
	int before = allocations;
	bool found = names.contains(wanted);
	std::cout << "\nsearched without making a string: " << (found ? "found" : "not found") << ", allocations "
		  << allocations - before << '\n';

	std::cout << "smallest and largest: " << *numbers.begin() << ' ' << *numbers.rbegin() << '\n';
	auto erased = std::erase_if(numbers, [](int number) { return number % 2; });
	std::cout << "erased the odd ones: " << erased << ", left: ";
	show(numbers);
	std::cout << '\n';
}
