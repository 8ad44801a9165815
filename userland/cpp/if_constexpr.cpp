// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Choose a branch while a template is compiled: the other one need not even make sense.
 *
 * An ordinary `if` on a constant costs nothing either, but both branches have to be compiled for every type. With `if constexpr`
 * the branch that is not taken is thrown away, so that in one function a number can be printed, a container walked through
 * and a pointer followed. Outside of templates the other branch is left out of the program and is checked all the same.
 *
 * Sources: ISO/IEC 14882:2020, [stmt.if].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./if_constexpr"
 * stdout = """
 * 7
 * "text"
 * [1, 2, 3]
 * ["a", "b"]
 * ->7
 * null
 * no value
 * 1 of 3 arguments is a number
 * """
 * [/lkmc]
 */
#include <concepts>
#include <iostream>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

template <typename T> static void show(const T &value)
{
	if constexpr (std::is_arithmetic_v<T>) {
		std::cout << value;
	} else if constexpr (std::is_pointer_v<T>) {
		if (value) {
			std::cout << "->";
			show(*value);
		} else {
			std::cout << "null";
		}
	} else if constexpr (std::convertible_to<T, std::string_view>) {
		std::cout << '"' << value << '"';
	} else if constexpr (requires { value.has_value(); }) {
		if (value)
			show(*value);
		else
			std::cout << "no value";
	} else {
		const char *before = "[";

		for (const auto &element : value) {
			std::cout << before;
			show(element);
			before = ", ";
		}
		std::cout << ']';
	}
}

template <typename T> static void line(const T &value)
{
	show(value);
	std::cout << '\n';
}

/* The end of a recursion without a function for the end. */
template <typename First, typename... Rest> static constexpr int numbers(const First &, const Rest &...rest)
{
	if constexpr (sizeof...(rest) > 0)
		return std::is_arithmetic_v<First> + numbers(rest...);
	else
		return std::is_arithmetic_v<First>;
}

int main()
{
	int seven = 7;

	line(seven);
	line(std::string("text"));
	line(std::vector{ 1, 2, 3 });
	line(std::vector<std::string>{ "a", "b" });
	line(&seven);
	line(static_cast<int *>(nullptr));
	line(std::optional<int>());
	std::cout << numbers("a", 1, std::string()) << " of 3 arguments is a number\n";
}
