// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hand over a part of an array without copying it: std::span and std::string_view, and how they dangle.
 *
 * A span is a pointer and a length, whatever it is that the elements lie in: an array, a vector, memory of C. In place of two
 * parameters that may not belong together a function has one, that knows its length and can be cut. It owns nothing: when the
 * elements are gone, or have moved, it points to where they were. So it is a parameter, and hardly ever a member.
 *
 * With the length in its type (span<int, 4>) it is a pointer only, and the compiler refuses an array of another length. A span of
 * const elements is made of any; never the other way round. std::string_view is the same for text that is not to be changed; it has
 * no zero at its end, which functions of C look for.
 *
 * Sources: ISO/IEC 14882:2020, [views.span], [string.view].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./span"
 * stdout = """
 * sum of an array: 10, of a vector: 10, of the middle: 5, of memory of C: 10
 * size: two pointers: yes, with the length in the type: one: yes
 * changed through it: 1 0 0 4
 * bytes of two numbers: 8
 * an array of another length, elements that are const: refused: yes yes
 * after the vector has grown a span of before would point to where the elements were: yes
 * words without a copy: one|two|three, allocations 0
 * a part of a text, for a function of C: "key=value" and not "key"
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include "yes.h"
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <numeric>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

static int sum(std::span<const int> numbers)
{
	return std::accumulate(numbers.begin(), numbers.end(), 0);
}

/* The next word, which is taken off the text. */
static std::string_view next_word(std::string_view &text)
{
	std::size_t end = std::min(text.find(' '), text.size());
	std::string_view word = text.substr(0, end);

	text.remove_prefix(std::min(end + 1, text.size()));
	return word;
}

int main()
{
	int array[] = { 1, 2, 3, 4 };
	std::vector<int> vector(std::begin(array), std::end(array));
	std::unique_ptr<int, decltype(&std::free)> of_c(static_cast<int *>(std::malloc(sizeof array)), std::free);
	if (!of_c)
		return 1;
	std::ranges::copy(array, of_c.get());
	std::cout << "sum of an array: " << sum(array) << ", of a vector: " << sum(vector)
		  << ", of the middle: " << sum(std::span(vector).subspan(1, 2)) << ", of memory of C: " << sum({ of_c.get(), 4 })
		  << '\n';
	std::cout << "size: two pointers: " << yes(sizeof(std::span<int>) == 2 * sizeof(int *))
		  << ", with the length in the type: one: " << yes(sizeof(std::span<int, 4>) == sizeof(int *)) << '\n';

	std::span<int, 4> all = array;
	std::ranges::fill(all.subspan<1, 2>(), 0);
	std::cout << "changed through it:";
	for (int number : array)
		std::cout << ' ' << number;
	std::cout << "\nbytes of two numbers: " << std::as_bytes(all.first<2>()).size() << '\n';
	std::cout << "an array of another length, elements that are const: refused: "
		  << yes(!std::is_constructible_v<std::span<int, 4>, int (&)[3]>) << ' '
		  << yes(!std::is_constructible_v<std::span<int>, const int (&)[4]>) << '\n';

	/* As a number: the pointer itself is worth nothing any more when the memory has been freed. */
	auto there = reinterpret_cast<std::uintptr_t>(std::span(vector).data());
	vector.reserve(vector.capacity() + 1);
	std::cout << "after the vector has grown a span of before would point to where the elements were: "
		  << yes(there != reinterpret_cast<std::uintptr_t>(vector.data())) << '\n';

	std::string_view text = "one two three";
	const char *before = ": ";
	allocations = 0;
	std::cout << "words without a copy";
	while (!text.empty()) {
		std::cout << before << next_word(text);
		before = "|";
	}
	std::cout << ", allocations " << allocations << '\n';
	std::string_view key = std::string_view("key=value").substr(0, 3);
	std::cout << "a part of a text, for a function of C: \"" << key.data() << "\" and not \"" << key << "\"\n";
}
