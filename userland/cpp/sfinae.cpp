// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let the compiler choose among templates by what a type can do: by failing, and by concepts.
 *
 * If the parameters of a template make no sense for a type, the template is no candidate, and that is no error: substitution
 * failure is not an error. So one can ask "has it a member size()?" by writing an expression that has one, in a place that is
 * a part of the declaration. Inside the function's body it would be an error. C++20 has words for it: a concept is a named
 * condition, of two that hold the narrower one wins, and who has none gets a message that names the concept.
 *
 * Sources: ISO/IEC 14882:2020, [temp.deduct], [temp.constr].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./sfinae"
 * stdout = """
 * int, by failing: a number
 * string, by failing: 4 elements
 * Lamp, by failing: something else
 * int, by concepts: a number
 * string, by concepts: 4 elements
 * list, by concepts: elements to be counted: 3
 * Lamp, by concepts: something else
 * a member type is found: yes, yes, no
 * """
 * [/lkmc]
 */
#include <concepts>
#include <forward_list>
#include <iostream>
#include <iterator>
#include <string>
#include <type_traits>

struct Lamp {
};

namespace by_failing {

template <typename T> static std::enable_if_t<std::is_arithmetic_v<T>> describe(const T &, int)
{
	std::cout << "a number\n";
}

/* What stands behind `decltype` is not executed: it only has to make sense. */
template <typename T> static auto describe(const T &value, int) -> decltype(value.size(), void())
{
	std::cout << value.size() << " elements\n";
}

/* Takes everything, but the 0 of the call fits an int better than an ellipsis. */
template <typename T> static void describe(const T &, ...)
{
	std::cout << "something else\n";
}

}

namespace by_concepts {

template <typename T>
concept Number = std::integral<T> || std::floating_point<T>;

template <typename T>
concept Walkable = requires(const T &value) {
	{ value.begin() } -> std::input_iterator;
	value.end();
};

/* Narrower than Walkable, because it is made of it. */
template <typename T>
concept Sized = Walkable<T> && requires(const T &value) {
	{ value.size() } -> std::unsigned_integral;
};

static void describe(const auto &)
{
	std::cout << "something else\n";
}

static void describe(const Number auto &)
{
	std::cout << "a number\n";
}

static void describe(const Walkable auto &value)
{
	std::cout << "elements to be counted: " << std::distance(value.begin(), value.end()) << '\n';
}

static void describe(const Sized auto &value)
{
	std::cout << value.size() << " elements\n";
}

}

/* The idiom on which older libraries are built: the second template is only there if T::value_type is. */
template <typename T, typename = void> struct HasValueType : std::false_type {
};

template <typename T> struct HasValueType<T, std::void_t<typename T::value_type>> : std::true_type {
};

template <typename T> static const char *has_value_type()
{
	return HasValueType<T>::value ? "yes" : "no";
}

int main()
{
	std::string text = "four";
	std::forward_list<int> list = { 1, 2, 3 };

	std::cout << "int, by failing: ";
	by_failing::describe(1, 0);
	std::cout << "string, by failing: ";
	by_failing::describe(text, 0);
	std::cout << "Lamp, by failing: ";
	by_failing::describe(Lamp(), 0);
	std::cout << "int, by concepts: ";
	by_concepts::describe(1);
	std::cout << "string, by concepts: ";
	by_concepts::describe(text);
	std::cout << "list, by concepts: ";
	by_concepts::describe(list);
	std::cout << "Lamp, by concepts: ";
	by_concepts::describe(Lamp());
	std::cout << "a member type is found: " << has_value_type<std::string>() << ", "
		  << has_value_type<std::forward_list<int>>() << ", " << has_value_type<Lamp>() << '\n';
}
