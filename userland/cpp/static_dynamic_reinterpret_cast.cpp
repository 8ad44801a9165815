// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Convert pointers in four ways, and see which of them change the address and which look at the object.
 *
 *     static_cast         computes: from a base to what one knows the object to be; it may add to the address
 *     dynamic_cast        looks the class up through the vtable: a null pointer if it is another one, or an exception
 *     reinterpret_cast    another type for the same bits
 *     const_cast          takes const away, or gives it
 *
 * With two bases only one can lie at the object's beginning: a cast to the other adds its distance, a reinterpret_cast does not,
 * and what it gives must not be used. A null pointer stays one: for that a static_cast has a branch. To read an object's bytes
 * as another type, std::bit_cast copies; through a pointer of the other type it is undefined.
 *
 * Sources: ISO/IEC 14882:2020, [expr.static.cast], [expr.dynamic.cast], [expr.reinterpret.cast], [basic.lval], [bit.cast].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./static_dynamic_reinterpret_cast"
 * stdout = """
 * static_cast of numbers: 3, -1 as unsigned char 255
 * to the second base: further on, by the size of the first: yes
 * back: the same object: yes
 * a null pointer stays one: yes
 * reinterpret_cast does not move it: yes
 * dynamic_cast to what it is: yes, to what it is not: null
 * across, from one base to the other: yes
 * to the whole object: yes
 * a reference that is something else: std::bad_cast
 * bits of 1.0f: 3f800000
 * const_cast of what is no constant: 2
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <bit>
#include <cstdint>
#include <iostream>
#include <typeinfo>

struct Father {
	int age = 40;

	virtual ~Father() = default;
};

struct Mother {
	int age = 41;

	virtual ~Mother() = default;
};

struct Child : Father, Mother {
};

struct Stranger : Father {
};

static std::uintptr_t address(const void *pointer)
{
	return reinterpret_cast<std::uintptr_t>(pointer);
}

int main()
{
	Child child;
	Stranger stranger;
	Child *nobody = nullptr;
	Father *father = &child;
	Mother *mother = static_cast<Mother *>(&child);

	std::cout << "static_cast of numbers: " << static_cast<int>(3.9) << ", -1 as unsigned char "
		  << int{ static_cast<unsigned char>(-1) } << '\n';
	std::cout << "to the second base: further on, by the size of the first: "
		  << yes(address(mother) - address(&child) == sizeof(Father)) << '\n';
	std::cout << "back: the same object: " << yes(static_cast<Child *>(mother) == &child) << '\n';
	std::cout << "a null pointer stays one: " << yes(!static_cast<Mother *>(nobody)) << '\n';
	std::cout << "reinterpret_cast does not move it: "
		  << yes(address(reinterpret_cast<Mother *>(&child)) == address(&child)) << '\n';

	Father *other = &stranger;
	std::cout << "dynamic_cast to what it is: " << yes(dynamic_cast<Child *>(father) == &child) << ", to what it is not: "
		  << (dynamic_cast<Child *>(other) ? "something" : "null") << '\n';
	std::cout << "across, from one base to the other: " << yes(dynamic_cast<Mother *>(father) == mother) << '\n';
	std::cout << "to the whole object: " << yes(dynamic_cast<void *>(mother) == &child) << '\n';
	try {
		dynamic_cast<Child &>(*other).Father::age++;
	} catch (const std::bad_cast &error) {
		std::cout << "a reference that is something else: " << error.what() << '\n';
	}
	std::cout << "bits of 1.0f: " << std::hex << std::bit_cast<std::uint32_t>(1.0f) << std::dec << '\n';

	int number = 1;
	const int &constant = number;
	const_cast<int &>(constant)++;
	std::cout << "const_cast of what is no constant: " << number << '\n';
}
