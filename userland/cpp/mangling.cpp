// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find out how functions are called for the linker, and call one by that name.
 *
 * C++ has several functions of one name, and linkers know only names: so the compiler writes scopes and parameters into the
 * symbol. _Z begins it, N...E holds scopes, each name stands behind its length, then come the parameters, one letter for each
 * simple type. The type of the result stands in the names of template functions only, before the parameters: T_ is the first of
 * the template's arguments. extern "C" leaves the name as it is, and with that there is only one of it.
 * The linker compares nothing else: whoever declares a function differently in another file gets an unresolved symbol in C++,
 * and a wrong call in C.
 *
 * `nm` shows the symbols, `nm -C` what they stand for; GDB and `lkmc trace exec` show the latter.
 *
 * Sources: Itanium C++ ABI, 5.1, "External Names".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./mangling"
 * stdout = """
 * _Z6squarei is square(int): 49
 * _Z6squared is square(double): 6.25
 * _ZN8geometry6squareEi is geometry::square(int): 4
 * _Z7largestIiET_S0_S0_ is int largest<int>(int, int): 9
 * plain has no parameters in its name: 1
 * a type's name, St6vectorIiSaIiEE, is std::vector<int, std::allocator<int> >
 * main is no mangled name
 * """
 * [/lkmc]
 */
#include <cstdlib>
#include <cxxabi.h>
#include <iostream>
#include <memory>
#include <typeinfo>
#include <vector>

int square(int number)
{
	return number * number;
}

double square(double number)
{
	return number * number;
}

namespace geometry {
/* The circumference. */
int square(int side)
{
	return 4 * side;
}
}

template <typename T> T largest(T left, T right)
{
	return left < right ? right : left;
}

template int largest<int>(int, int);

extern "C" int plain()
{
	return 1;
}

/* Other names in this file for what the linker finds by its symbol. */
int by_symbol_int(int) asm("_Z6squarei");
double by_symbol_double(double) asm("_Z6squared");
int by_symbol_geometry(int) asm("_ZN8geometry6squareEi");
int by_symbol_largest(int, int) asm("_Z7largestIiET_S0_S0_");

static std::string demangled(const char *symbol)
{
	int status = 0;
	std::unique_ptr<char, decltype(&std::free)> text(abi::__cxa_demangle(symbol, nullptr, nullptr, &status), std::free);

	return status == 0 ? text.get() : "no mangled name";
}

template <typename T> static void show(const char *symbol, T result)
{
	std::cout << symbol << " is " << demangled(symbol) << ": " << result << '\n';
}

int main()
{
	show("_Z6squarei", by_symbol_int(7));
	show("_Z6squared", by_symbol_double(2.5));
	show("_ZN8geometry6squareEi", by_symbol_geometry(1));
	show("_Z7largestIiET_S0_S0_", by_symbol_largest(9, 3));
	std::cout << "plain has no parameters in its name: " << plain() << '\n';
	const char *name = typeid(std::vector<int>).name();

	std::cout << "a type's name, " << name << ", is " << demangled(name) << '\n';
	std::cout << "main is " << demangled("main") << '\n';
}
