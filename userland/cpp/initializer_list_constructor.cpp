// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a constructor for a list in braces, and see what the list is and what it costs.
 *
 * std::initializer_list is a pointer and a number: the compiler makes an array, and the constructor gets these two. Here that array
 * lies on the stack, and is gone when the function returns; of a list that is static and constexpr it is constant data. The
 * elements are const, so whoever keeps them must copy: nothing that can only be moved can come through a list. Braces prefer
 * such a constructor to all others, if there is any way to convert; then the others are only reached with round brackets. Empty
 * braces are no list: they mean the constructor without arguments.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.init.list], [support.initlist], [over.match.list].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./initializer_list_constructor"
 * stdout = """
 * {}: default
 * { 1 }: list of 1
 * { 1, 2 }: list of 2
 * (1, 2): two numbers
 * { { 1, 2 }, { 3 } }: lists of 2 1
 * a list is a pointer and a number: yes
 * its array is on the stack: yes, of a static constexpr list in constant data: yes
 * copies of elements: 2 from a list, 0 by emplace_back
 * sum of a list as an argument: 10
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <initializer_list>
#include <iostream>
#include <string>
#include <vector>

/* Of the linker: where what may change begins. */
extern "C" char __data_start;

struct Made {
	std::string how;

	Made() : how("default")
	{
	}
	Made(int, int) : how("two numbers")
	{
	}
	Made(std::initializer_list<int> list) : how("list of " + std::to_string(list.size()))
	{
	}
	Made(std::initializer_list<std::initializer_list<int>> lists) : how("lists of")
	{
		for (const auto &list : lists)
			how += ' ' + std::to_string(list.size());
	}
};

static int copies;

struct Copied {
	Copied() = default;
	Copied(const Copied &)
	{
		copies++;
	}
	Copied(Copied &&) noexcept
	{
	}
};

static int sum(std::initializer_list<int> numbers)
{
	int sum = 0;

	for (int number : numbers)
		sum += number;
	return sum;
}

int main()
{
	std::initializer_list<int> list = { 1, 2, 3 };

	std::cout << "{}: " << Made{}.how << '\n';
	std::cout << "{ 1 }: " << Made{ 1 }.how << '\n';
	std::cout << "{ 1, 2 }: " << Made{ 1, 2 }.how << '\n';
	std::cout << "(1, 2): " << Made(1, 2).how << '\n';
	std::cout << "{ { 1, 2 }, { 3 } }: " << Made{ { 1, 2 }, { 3 } }.how << '\n';
	std::cout << "a list is a pointer and a number: " << yes(sizeof list == sizeof(void *) + sizeof(std::size_t)) << '\n';
	auto here = reinterpret_cast<const char *>(__builtin_frame_address(0));
	auto there = reinterpret_cast<const char *>(list.begin());
	std::cout << "its array is on the stack: " << yes(there > here - 4096 && there < here + 4096);
	static constexpr std::initializer_list<int> kept = { 1, 2, 3 };
	auto constant = reinterpret_cast<const char *>(kept.begin());
	std::cout << ", of a static constexpr list in constant data: " << yes(constant < &__data_start) << '\n';

	std::vector<Copied> from_list = { Copied(), Copied() };
	int by_list = copies;
	std::vector<Copied> one_by_one;
	one_by_one.emplace_back();
	one_by_one.emplace_back();
	std::cout << "copies of elements: " << by_list << " from a list, " << copies - by_list << " by emplace_back\n";
	std::cout << "sum of a list as an argument: " << sum({ 1, 2, 3, 4 }) << '\n';
}
