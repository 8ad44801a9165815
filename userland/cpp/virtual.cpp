// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Look at what makes a function virtual: a pointer in the object, a table of functions, and a call through both.
 *
 * An object of a class with virtual functions begins with a pointer to its class's table, the vtable. A call loads that
 * pointer, loads the function's address from its slot, and jumps: two loads more than another call, and nothing that could be
 * inlined. The demo does both by hand. In front of the functions stand the distance to the whole object's beginning and the
 * type_info that dynamic_cast and typeid read.
 *
 * While a base's constructor runs, the object is of the base's class: its pointer is set again by each constructor, and a virtual
 * call from there gets the base's function. With two bases there are two pointers and two tables, and a pointer to the second
 * base is another address than one to the object: the slot there leads to a thunk, a few instructions that move `this` back.
 *
 * In GDB `info vtbl` shows the tables: userland/gdb_tests/objects.cpp.
 *
 * Sources: Itanium C++ ABI, 2.5, "Virtual Table Layout"; ISO/IEC 14882:2020, [class.cdtor].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./virtual"
 * stdout = """
 * a virtual function costs an object one pointer: yes
 * during the base's constructor: shape
 * afterwards: square
 * by hand: square, area 9
 * objects of a class share a table: yes, those of two classes do not: yes
 * in front of the functions: offset 0, type 6Square
 * two bases, two pointers: yes
 * the second base is elsewhere in the object: yes
 * called through the second base: child, this is right: yes
 * the second base's table says how far to go back: yes
 * destroyed through the base: ~square ~shape
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <typeinfo>

struct Plain {
	int side;
};

struct Shape {
	Shape()
	{
		std::cout << "during the base's constructor: " << name() << '\n';
	}
	virtual const char *name() const
	{
		return "shape";
	}
	virtual int area() const
	{
		return 0;
	}
	virtual ~Shape()
	{
		std::cout << " ~shape\n";
	}
};

struct Square final : Shape {
	int side;

	explicit Square(int side) : side(side)
	{
	}
	const char *name() const override
	{
		return "square";
	}
	int area() const override
	{
		return side * side;
	}
	~Square() override
	{
		std::cout << "destroyed through the base: ~square";
	}
};

struct Father {
	long padding = 0;

	virtual ~Father() = default;
};

struct Mother {
	virtual const void *self() const
	{
		return this;
	}
	virtual const char *name() const
	{
		return "mother";
	}
	virtual ~Mother() = default;
};

struct Child : Father, Mother {
	const void *self() const override
	{
		return this;
	}
	const char *name() const override
	{
		return "child";
	}
};

struct Counter {
	int number;

	virtual ~Counter() = default;
};

/* The compiler may not know of which class the object is. */
template <typename T> static T *hidden(T *object)
{
	asm volatile("" : "+r"(object));
	return object;
}

/* The slots of an object's table. */
static const void *const *table(const void *object)
{
	return *static_cast<const void *const *const *>(object);
}

int main()
{
	std::cout << "a virtual function costs an object one pointer: "
		  << yes(sizeof(Counter) == sizeof(void *) + alignof(void *) && sizeof(Plain) == sizeof(int)) << '\n';

	Shape *square = hidden<Shape>(new Square(3));
	std::cout << "afterwards: " << square->name() << '\n';

	/* On all of lkmc's architectures `this` is passed as a function's first argument is. */
	auto name = reinterpret_cast<const char *(*)(const void *)>(const_cast<void *>(table(square)[0]));
	auto area = reinterpret_cast<int (*)(const void *)>(const_cast<void *>(table(square)[1]));
	std::cout << "by hand: " << name(square) << ", area " << area(square) << '\n';

	Child one, two;
	std::cout << "objects of a class share a table: " << yes(table(hidden(&one)) == table(hidden(&two)))
		  << ", those of two classes do not: " << yes(table(square) != table(&one)) << '\n';
	auto offset = reinterpret_cast<std::intptr_t>(table(square)[-2]);
	auto type = static_cast<const std::type_info *>(table(square)[-1]);
	std::cout << "in front of the functions: offset " << offset << ", type " << type->name() << '\n';

	Father *father = hidden<Father>(&one);
	Mother *mother = hidden<Mother>(&one);
	auto distance = reinterpret_cast<char *>(mother) - reinterpret_cast<char *>(father);
	std::cout << "two bases, two pointers: " << yes(sizeof(Child) == sizeof(Father) + sizeof(Mother)) << '\n';
	std::cout << "the second base is elsewhere in the object: " << yes(distance == sizeof(Father)) << '\n';
	std::cout << "called through the second base: " << mother->name() << ", this is right: " << yes(mother->self() == &one)
		  << '\n';
	std::cout << "the second base's table says how far to go back: "
		  << yes(reinterpret_cast<std::intptr_t>(table(mother)[-2]) == -distance) << '\n';
	delete square;
}
