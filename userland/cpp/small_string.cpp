// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find a short string inside the object itself, and a long one on the heap.
 *
 * libstdc++'s std::string is a pointer, a length, and 16 bytes that hold either the capacity or the text itself, if that has at
 * most 15 characters and the zero. The pointer then points into its own object: so a string cannot be moved by copying its
 * bytes, and a move of a short one copies the text. Most strings are short, and need no allocation at all. The demo counts
 * those, and looks where data() points. Other libraries have other limits (libc++: 22 on 64-bit machines).
 *
 * Sources: ISO/IEC 14882:2020, [basic.string]; gcc manual, libstdc++, "Dual ABI".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./small_string"
 * stdout = """
 * the object: a pointer, a length, 16 bytes: yes
 * 15 characters: in the object, allocations 0, capacity 15
 * 16 characters: on the heap, allocations 1, capacity 16
 * one more: on the heap, allocations 1, capacity 32
 * made short again: on the heap, capacity 32
 * shrink_to_fit: in the object, capacity 15
 * a long one moved: same memory, allocations 0
 * a short one moved: other memory, allocations 0
 * what was moved from: ""
 * the other one, moved: ""
 * string_view: no allocation: 0, part of the text: world
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

static const char *place(const std::string &text)
{
	auto object = reinterpret_cast<std::uintptr_t>(&text), data = reinterpret_cast<std::uintptr_t>(text.data());

	return data >= object && data < object + sizeof text ? "in the object" : "on the heap";
}

/* Since the last time. */
static int count()
{
	return std::exchange(allocations, 0);
}

int main()
{
	std::cout << "the object: a pointer, a length, 16 bytes: "
		  << (sizeof(std::string) == sizeof(char *) + sizeof(std::size_t) + 16 ? "yes" : "no") << '\n';

	count();
	std::string text(15, 'x');
	std::cout << "15 characters: " << place(text) << ", allocations " << count() << ", capacity " << text.capacity() << '\n';
	std::string longer(16, 'x');
	std::cout << "16 characters: " << place(longer) << ", allocations " << count() << ", capacity " << longer.capacity() << '\n';
	longer += 'x';
	std::cout << "one more: " << place(longer) << ", allocations " << count() << ", capacity " << longer.capacity() << '\n';
	longer = "short";
	std::cout << "made short again: " << place(longer) << ", capacity " << longer.capacity() << '\n';
	longer.shrink_to_fit();
	std::cout << "shrink_to_fit: " << place(longer) << ", capacity " << longer.capacity() << '\n';

	std::string source(100, 'x');
	const char *before = source.data();
	count();
	std::string moved = std::move(source);
	std::cout << "a long one moved: " << (moved.data() == before ? "same" : "other") << " memory, allocations " << count() << '\n';
	before = text.data();
	std::string moved_too = std::move(text);
	std::cout << "a short one moved: " << (moved_too.data() == before ? "same" : "other") << " memory, allocations " << count()
		  << '\n';
	/* The standard only says that they can be assigned to and destroyed. */
	std::cout << "what was moved from: \"" << source << "\"\nthe other one, moved: \"" << text << "\"\n";

	count();
	std::string_view view = "hello, world, and a text that is long enough for the heap";
	std::string_view part = view.substr(7, 5);
	std::cout << "string_view: no allocation: " << count() << ", part of the text: " << part << '\n';
}
