// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask the compiler for the type of an expression: decltype and auto, which do not answer alike.
 *
 * decltype of a name is the type that was declared. decltype of any other expression tells also what kind of value it is: T&
 * for something that has a place in memory, T&& for something about to vanish, T for a plain value. A pair of brackets makes an
 * expression of a name. auto takes the type as a copy would have it, without references and without const; decltype(auto)
 * takes all of it. Of each lambda the compiler makes a class without a name; only auto and decltype can say which.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.type.decltype], [dcl.spec.auto].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./decltype"
 * stdout = """
 * name: int, in brackets: int&
 * constant: const int, auto of it: int
 * reference: int&, auto of it: int
 * moved: int&&, sum: int
 * int + long: long, char + char: int
 * nothing is executed: 0
 * auto returns a copy, decltype(auto) the element: 1 5
 * two lambdas of the same text have the same type: no
 * """
 * [/lkmc]
 */
#include <array>
#include <iostream>
#include <type_traits>
#include <utility>

template <typename T> static const char *name()
{
	if constexpr (std::is_same_v<T, int>)
		return "int";
	else if constexpr (std::is_same_v<T, int &>)
		return "int&";
	else if constexpr (std::is_same_v<T, int &&>)
		return "int&&";
	else if constexpr (std::is_same_v<T, const int>)
		return "const int";
	else if constexpr (std::is_same_v<T, long>)
		return "long";
	else
		return "?";
}

#define NAME(...) name<decltype(__VA_ARGS__)>()

static auto copy_of_first(std::array<int, 2> &numbers)
{
	return numbers[0];
}

static decltype(auto) first(std::array<int, 2> &numbers)
{
	return numbers[0];
}

int main()
{
	int number = 0;
	const int constant = 1;
	int &reference = number;
	auto of_constant = constant;
	auto of_reference = reference;
	char letter = 'a';
	std::array<int, 2> numbers = { 1, 2 };
	auto one = [] {};
	auto other = [] {};

	(void)of_constant, (void)of_reference, (void)one, (void)other;
	std::cout << "name: " << NAME(number) << ", in brackets: " << NAME((number)) << '\n';
	std::cout << "constant: " << NAME(constant) << ", auto of it: " << NAME(of_constant) << '\n';
	std::cout << "reference: " << NAME(reference) << ", auto of it: " << NAME(of_reference) << '\n';
	std::cout << "moved: " << NAME(std::move(number)) << ", sum: " << NAME(number + 1) << '\n';
	std::cout << "int + long: " << NAME(number + 1l) << ", char + char: " << NAME(letter + letter) << '\n';
	decltype(number++) untouched = number;
	std::cout << "nothing is executed: " << untouched << '\n';
	auto copy = copy_of_first(numbers);
	copy += 4;
	int after_copy = numbers[0];
	first(numbers) = 5;
	std::cout << "auto returns a copy, decltype(auto) the element: " << after_copy << ' ' << numbers[0] << '\n';
	std::cout << "two lambdas of the same text have the same type: " << (std::is_same_v<decltype(one), decltype(other)> ? "yes" : "no")
		  << '\n';
}
