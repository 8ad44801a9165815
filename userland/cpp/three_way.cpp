// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compare with one function in place of six: <=>, and what kind of order its result promises.
 *
 * `a < b` is read as `(a <=> b) < 0`, and so are >, <= and >=, with the operands in either order.
 * Of what type <=> returns says what the order is good for:
 *
 *     strong_ordering    equal means the same: one can stand for the other. Integers, strings
 *     weak_ordering      equivalent, and yet to be told apart: names without regard to case
 *     partial_ordering   some cannot be compared at all: floating point, where NaN is neither less nor greater nor equal
 *
 * `= default` compares base classes and members one after another, as they are declared, and returns the weakest of their
 * orders. It makes == as well. Who writes <=> oneself has to ask for == apart: whether two strings are equal is told faster
 * than which comes first, for their lengths may differ, and the compiler must not take the slow way without being told.
 *
 * Sources: ISO/IEC 14882:2020, [expr.spaceship], [class.spaceship], [over.match.oper], [cmp.categories].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./three_way"
 * stdout = """
 * versions, as declared: 1.9 < 1.10: yes, sorted: 1.2 1.9 1.10 2.0
 * of which kind: int strong, double partial, names weak, pair of int and double partial
 * NaN: less no, equal no, greater no, none of them: yes
 * Lkmc and LKMC: equivalent: yes, ==: not asked for
 * 2 < version 3.1: yes, although only the other way round is written
 * -1 < 1u: no, by std::cmp_less: yes
 * for a == b of two long strings of different lengths: characters compared: 0
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <compare>
#include <iostream>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

struct Version {
	int major, minor;

	auto operator<=>(const Version &) const = default;
	/* With a mere number: its major one. */
	auto operator<=>(int other) const
	{
		return major <=> other;
	}
};

struct Name {
	std::string text;

	std::weak_ordering operator<=>(const Name &other) const
	{
		return std::lexicographical_compare_three_way(text.begin(), text.end(), other.text.begin(), other.text.end(),
							      [](char left, char right) { return lower(left) <=> lower(right); });
	}

private:
	static int lower(char letter)
	{
		return letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
	}
};

struct Measured {
	int time;
	double value;

	auto operator<=>(const Measured &) const = default;
};

static int characters;

/* Counts what it compares. */
struct Counted {
	char letter;

	auto operator<=>(const Counted &other) const
	{
		characters++;
		return letter <=> other.letter;
	}
	bool operator==(const Counted &other) const
	{
		characters++;
		return letter == other.letter;
	}
};

template <typename T> static const char *kind()
{
	using Order = decltype(std::declval<T>() <=> std::declval<T>());

	if constexpr (std::is_same_v<Order, std::strong_ordering>)
		return "strong";
	else if constexpr (std::is_same_v<Order, std::weak_ordering>)
		return "weak";
	else
		return "partial";
}

template <typename T>
concept HasEqual = requires(T left, T right) { left == right; };

int main()
{
	std::vector<Version> versions = { { 1, 10 }, { 2, 0 }, { 1, 2 }, { 1, 9 } };
	std::ranges::sort(versions);
	std::cout << "versions, as declared: 1.9 < 1.10: " << yes(Version{ 1, 9 } < Version{ 1, 10 }) << ", sorted:";
	for (const Version &version : versions)
		std::cout << ' ' << version.major << '.' << version.minor;
	std::cout << "\nof which kind: int " << kind<int>() << ", double " << kind<double>() << ", names " << kind<Name>()
		  << ", pair of int and double " << kind<Measured>() << '\n';

	double nan = std::numeric_limits<double>::quiet_NaN();
	std::cout << "NaN: less " << yes(nan < 1) << ", equal " << yes(nan == nan) << ", greater " << yes(nan > 1)
		  << ", none of them: " << yes((nan <=> 1.0) == std::partial_ordering::unordered) << '\n';

	Name name{ "Lkmc" }, loud{ "LKMC" };
	std::cout << "Lkmc and LKMC: equivalent: " << yes((name <=> loud) == 0) << ", ==: "
		  << (HasEqual<Name> ? "there" : "not asked for") << '\n';
	std::cout << "2 < version 3.1: " << yes(2 < Version{ 3, 1 }) << ", although only the other way round is written\n";
	/* Both become unsigned, and -1 the largest number. */
	unsigned int one = 1;
	int minus_one = -1;
	std::cout << "-1 < 1u: " << yes(static_cast<unsigned int>(minus_one) < one)
		  << ", by std::cmp_less: " << yes(std::cmp_less(minus_one, one)) << '\n';

	std::vector<Counted> long_one(1000, Counted{ 'x' }), longer(1001, Counted{ 'x' });
	bool equal = long_one == longer;
	std::cout << "for a == b of two long strings of different lengths: characters compared: " << (equal ? -1 : characters) << '\n';
}
