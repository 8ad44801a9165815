// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See what a template becomes: a function for each argument that it is used with, and none for the others.
 *
 * A template is no function. The compiler makes one, an instantiation, where it is first used with certain arguments, and each
 * is a symbol of its own (`lkmc shell NAME -- nm -C FILE`). Every file that uses it makes it anew, under the same name; the
 * linker keeps one of them: such symbols are weak, W for nm. A specialisation takes the general one's place for certain
 * arguments. A member function of a class template is only made if somebody calls it, so that one that could not be compiled
 * does no harm.
 *
 * Static members and static variables are each instantiation's own.
 *
 * Sources: ISO/IEC 14882:2020, [temp.inst], [temp.expl.spec].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./template"
 * stdout = """
 * largest: 5, 2.5, pear
 * int and long are two functions: yes
 * that of int is the linker's _Z7largestIiET_S0_S0_: yes
 * argument deduced from the call, from the size of an array: 4
 * general: a type of 4 bytes
 * special: a bool is a bit
 * a member that nobody calls is not compiled: 7
 * calls of count<int> and count<char>: 2 1
 * a factorial that the compiler has computed: 3628800
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <cstddef>
#include <iostream>
#include <string>

template <typename T> T largest(T left, T right)
{
	return left < right ? right : left;
}

/* By its symbol: any file that uses largest<int> means this one. */
int by_symbol(int, int) asm("_Z7largestIiET_S0_S0_");

/* A template may have values for arguments, too. */
template <typename T, std::size_t size> constexpr std::size_t length(const T (&)[size])
{
	return size;
}

template <typename T> void describe()
{
	std::cout << "general: a type of " << sizeof(T) << " bytes\n";
}

template <> void describe<bool>()
{
	std::cout << "special: a bool is a bit\n";
}

template <typename T> struct Box {
	T value;

	T get() const
	{
		return value;
	}
	/* An int has no such member: an error, if somebody calls it. */
	auto size() const
	{
		return value.size();
	}
};

template <typename T> int count()
{
	static int calls;

	return ++calls;
}

/* How it was done before there was constexpr: each value is a class. */
template <int n> struct Factorial {
	static constexpr int value = n * Factorial<n - 1>::value;
};

template <> struct Factorial<0> {
	static constexpr int value = 1;
};

int main()
{
	int array[] = { 1, 2, 3, 4 };
	auto of_int = reinterpret_cast<const void *>(&largest<int>);
	auto of_long = reinterpret_cast<const void *>(&largest<long>);

	std::cout << "largest: " << largest(5, 3) << ", " << largest(1.5, 2.5) << ", "
		  << largest(std::string("apple"), std::string("pear")) << '\n';
	std::cout << "int and long are two functions: " << yes(of_int != of_long) << '\n';
	std::cout << "that of int is the linker's _Z7largestIiET_S0_S0_: "
		  << yes(of_int == reinterpret_cast<const void *>(&by_symbol)) << '\n';
	std::cout << "argument deduced from the call, from the size of an array: " << length(array) << '\n';
	describe<int>();
	describe<bool>();
	std::cout << "a member that nobody calls is not compiled: " << Box<int>{ 7 }.get() << '\n';
	count<int>();
	int of_ints = count<int>();
	std::cout << "calls of count<int> and count<char>: " << of_ints << ' ' << count<char>() << '\n';
	std::cout << "a factorial that the compiler has computed: " << Factorial<10>::value << '\n';
}
