// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See what a lambda is: an object with its captures for members, and a function that gets it as `this`.
 *
 * Each lambda has a class of its own, without a name. What it captures by value is a member of that object, by reference a pointer;
 * without captures it is empty, and can be an ordinary pointer to a function, as C's callbacks want it. std::function takes any
 * of them of one signature: it keeps a small one in itself and puts a larger one on the heap, and each call goes through a pointer.
 * A reference to a local that is gone is as bad here as everywhere.
 *
 * Sources: ISO/IEC 14882:2020, [expr.prim.lambda], [func.wrap.func].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./lambda"
 * stdout = """
 * without captures: 1 byte, as a function of C: 5
 * by value: 2 integers are 8 bytes; by reference: 2 pointers: yes
 * by value it sees 1, by reference 2
 * mutable: 1 2 3, a copy goes on by itself: 4 4
 * generic: 3, 3.5, abc
 * std::function: a small one allocates 0, a large one 1
 * recursion: 120
 * moved into it: 7
 * members by this: 10
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include <array>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

struct Adder {
	int base;

	auto adder() const
	{
		return [this](int number) { return base + number; };
	}
};

int main()
{
	auto none = [](int left, int right) { return left + right; };
	int (*of_c)(int, int) = none;
	int a = 1, b = 2;
	auto by_value = [a, b] { return a + b; };
	auto by_reference = [&a, &b] { return a + b; };
	const char *two = sizeof by_reference == 2 * sizeof(int *) ? "yes" : "no";

	std::cout << "without captures: " << sizeof none << " byte, as a function of C: " << of_c(2, 3) << '\n';
	std::cout << "by value: 2 integers are " << sizeof by_value << " bytes; by reference: 2 pointers: " << two << '\n';
	b = 0;
	auto old = [a] { return a; };
	a = 2;
	std::cout << "by value it sees " << old() << ", by reference " << by_reference() << '\n';

	auto counter = [count = 0]() mutable { return ++count; };
	std::cout << "mutable: " << counter();
	std::cout << ' ' << counter();
	std::cout << ' ' << counter();
	auto copy = counter;
	int of_copy = copy(), of_first = counter();
	std::cout << ", a copy goes on by itself: " << of_copy << ' ' << of_first << '\n';

	auto add = [](auto left, auto right) { return left + right; };
	std::cout << "generic: " << add(1, 2) << ", " << add(1.5, 2) << ", " << add(std::string("ab"), "c") << '\n';

	std::array<char, 64> large{};
	allocations = 0;
	std::function<int()> small = [a] { return a; };
	int by_small = allocations;
	std::function<int()> with_large = [large] { return large[0]; };
	std::cout << "std::function: a small one allocates " << by_small << ", a large one " << allocations - by_small << '\n';

	/* It cannot name itself: it is given itself. */
	auto factorial = [](auto self, int n) -> int { return n ? n * self(self, n - 1) : 1; };
	std::cout << "recursion: " << factorial(factorial, 5) << '\n';

	auto pointer = std::make_unique<int>(7);
	auto owner = [pointer = std::move(pointer)] { return *pointer; };
	std::cout << "moved into it: " << owner() << '\n';

	Adder adder{ 3 };
	auto with_this = adder.adder();
	adder.base = 9;
	std::cout << "members by this: " << with_this(1) << '\n';
}
