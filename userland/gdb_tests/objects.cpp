// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Something of C++ to look at with a debugger: virtual functions, overloads, templates, containers, exceptions.
 *
 * Where a debugger may want to stop stands a comment, gdb: NAME. Try
 *
 *     lkmc demo debug userland/gdb_tests/objects.cpp Square::area --batch -ex 'set print object on' -ex 'print *this' -ex bt
 *     lkmc demo debug userland/gdb_tests/objects.cpp main --in user --batch -ex 'catch throw' -ex continue -ex bt
 *
 * At the mark `total`, `print all`, `print names` and `info vtbl first` show what the library's containers and an object have
 * in them.
 *
 * Sources: GDB manual, "C Plus Plus Expressions", "Set Catchpoints", "Print Settings".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./objects"
 * stdout = """
 * total 25
 * largest 7, 2.5
 * caught: nothing has no area
 * """
 * [/lkmc]
 */
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace shapes {

class Shape {
public:
	explicit Shape(std::string name) : name(std::move(name))
	{
	}
	virtual int area() const = 0;
	virtual ~Shape() = default;

	const std::string name;
};

class Square : public Shape {
	int side;

public:
	explicit Square(int side) : Shape("square"), side(side)
	{
	}
	int area() const override
	{
		return side * side; /* gdb: area */
	}
};

class Nothing : public Shape {
public:
	Nothing() : Shape("nothing")
	{
	}
	int area() const override
	{
		throw std::runtime_error(name + " has no area");
	}
};

}

template <typename T> static T largest(T left, T right)
{
	return left < right ? right : left; /* gdb: largest */
}

static int scale(int number)
{
	return 2 * number;
}

static double scale(double number)
{
	return number / 2;
}

static int sum(const std::vector<std::unique_ptr<shapes::Shape>> &all)
{
	int total = 0;

	for (const auto &shape : all)
		total += shape->area();
	return total;
}

int main()
{
	std::vector<std::unique_ptr<shapes::Shape>> all;
	std::map<std::string, int> names;

	all.push_back(std::make_unique<shapes::Square>(3));
	all.push_back(std::make_unique<shapes::Square>(4));
	for (const auto &shape : all)
		names[shape->name]++;
	const shapes::Shape *first = all.front().get();
	int total = sum(all);
	std::cout << "total " << total << '\n'; /* gdb: total */
	std::cout << "largest " << largest(3, 7) << ", " << largest(scale(5.0), 0.5 * scale(1)) << '\n';
	all.push_back(std::make_unique<shapes::Nothing>());
	try {
		total = sum(all);
	} catch (const std::runtime_error &error) {
		std::cout << "caught: " << error.what() << '\n'; /* gdb: caught */
	}
	return first->area() == 9 && names.size() == 1 ? 0 : 1; /* gdb: end */
}
