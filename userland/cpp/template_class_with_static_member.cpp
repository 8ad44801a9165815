// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give each class a counter of its own objects, by a base class that is a template with the class for its argument.
 *
 * A static member belongs to a class, and each instantiation of a class template is a class: Counted<Cat> and Counted<Dog> have
 * nothing in common but their source, so each has its counter. That a class is an argument of its own base is called CRTP. The
 * base can also call functions of the derived class without a table of virtual ones: it knows what it is a part of.
 *
 * A static member of a template may be defined in a header: the linker keeps one of many. `inline` says the same for others.
 *
 * Sources: ISO/IEC 14882:2020, [temp.static], [dcl.inline].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./template_class_with_static_member"
 * stdout = """
 * cats: 2, dogs: 1
 * cats: 1, dogs: 1
 * two variables: yes
 * without a vtable: meow, the object has 1 byte
 * """
 * [/lkmc]
 */
#include <iostream>

template <typename Derived> struct Counted {
	static int alive;

	Counted()
	{
		alive++;
	}
	Counted(const Counted &)
	{
		alive++;
	}
	~Counted()
	{
		alive--;
	}
	const char *say() const
	{
		return static_cast<const Derived *>(this)->sound();
	}
};

template <typename Derived> int Counted<Derived>::alive = 0;

struct Cat : Counted<Cat> {
	const char *sound() const
	{
		return "meow";
	}
};

struct Dog : Counted<Dog> {
	const char *sound() const
	{
		return "woof";
	}
};

static void report()
{
	std::cout << "cats: " << Cat::alive << ", dogs: " << Dog::alive << '\n';
}

int main()
{
	Cat cat;
	Dog dog;

	{
		Cat copy = cat;

		report();
	}
	report();
	std::cout << "two variables: " << (&Cat::alive != &Dog::alive ? "yes" : "no") << '\n';
	std::cout << "without a vtable: " << cat.say() << ", the object has " << sizeof cat << " byte\n";
}
