// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keep one of several types in one place: std::variant, and have the compiler see that no case is forgotten.
 *
 * A union has room for one of its members, and does not know which is in it. A variant has a number beside it: who asks for
 * another type gets an exception or a null pointer. It needs no heap and no base class, as large as its largest type and the
 * number. visit() calls a function with what is there; a function that does not take all the types is refused by the compiler,
 * so whoever adds a type is led to all the places that must know it. It costs a branch on the number.
 *
 * std::optional is one type or nothing. std::any is any type at all: its list of types is open, so nothing can be checked.
 *
 * An assignment destroys what was there and makes the new one in its place. If that throws, there is neither: the variant is
 * valueless_by_exception(), a state that one should not have to meet.
 *
 * Sources: ISO/IEC 14882:2020, [variant], [optional], [any].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./variant"
 * stdout = """
 * size: the largest type and a number: yes, on the heap: 0 allocations
 * areas: 3.1 4.0
 * holds a square: yes, its index: 1, asked for a circle: nothing
 * asked in earnest: wrong type
 * a function that forgets a type: not accepted
 * two at once: circle and square, square and square
 * an assignment that throws leaves nothing: yes
 * optional: 7, or else -1; as large as an int and a flag: yes
 * any: 5, as a long: wrong type
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include "yes.h"
#include <any>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>

struct Circle {
	double radius;
};

struct Square {
	double side;
};

using Shape = std::variant<Circle, Square>;

/* One object with the call operators of all its bases: lambdas, one for each type. */
template <typename... Functions> struct Overloaded : Functions... {
	using Functions::operator()...;
};

template <typename Visitor>
concept VisitsShapes = requires(Visitor visitor, Circle circle, Square square) { visitor(circle), visitor(square); };

struct Throws {
	Throws() = default;
	Throws(const Throws &)
	{
		throw std::runtime_error("no copy");
	}
	Throws &operator=(const Throws &) = default;
};

static double area(const Shape &shape)
{
	return std::visit(Overloaded{ [](const Circle &circle) { return std::numbers::pi * circle.radius * circle.radius; },
				      [](const Square &square) { return square.side * square.side; } },
			  shape);
}

static const char *both(const Shape &left, const Shape &right)
{
	/* In any order: of several that fit the most special one is called, as always. */
	return std::visit(Overloaded{ [](const auto &, const auto &) { return "others"; },
				      [](const Circle &, const Square &) { return "circle and square"; },
				      [](const Square &, const Square &) { return "square and square"; } },
			  left, right);
}

static std::optional<int> parsed(const std::string &text)
{
	if (text.empty())
		return std::nullopt;
	return text[0] - '0';
}

int main()
{
	allocations = 0;
	Shape circle = Circle{ 1 }, square = Square{ 2 };
	std::cout << "size: the largest type and a number: " << yes(sizeof(Shape) == 2 * sizeof(double))
		  << ", on the heap: " << allocations << " allocations\n";
	std::cout << std::fixed << std::setprecision(1) << "areas: " << area(circle) << ' ' << area(square) << '\n';
	std::cout << "holds a square: " << yes(std::holds_alternative<Square>(square)) << ", its index: " << square.index()
		  << ", asked for a circle: " << (std::get_if<Circle>(&square) ? "something" : "nothing") << '\n';
	try {
		std::cout << std::get<Circle>(square).radius << '\n';
	} catch (const std::bad_variant_access &) {
		std::cout << "asked in earnest: wrong type\n";
	}
	auto forgets = [](const Circle &) {};
	std::cout << "a function that forgets a type: " << (VisitsShapes<decltype(forgets)> ? "accepted" : "not accepted") << '\n';
	std::cout << "two at once: " << both(circle, square) << ", " << both(square, square) << '\n';

	std::variant<int, Throws> fragile = 1;
	Throws original;
	try {
		fragile.emplace<Throws>(original);
	} catch (const std::runtime_error &) {
		std::cout << "an assignment that throws leaves nothing: " << yes(fragile.valueless_by_exception()) << '\n';
	}

	std::cout << "optional: " << parsed("7").value_or(-1) << ", or else " << parsed("").value_or(-1)
		  << "; as large as an int and a flag: " << yes(sizeof(std::optional<int>) == 2 * sizeof(int)) << '\n';
	std::any any = 5;
	std::cout << "any: " << std::any_cast<int>(any) << ", as a long: "
		  << (std::any_cast<long>(&any) ? "something" : "wrong type") << '\n';
}
