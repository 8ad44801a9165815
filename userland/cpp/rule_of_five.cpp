// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count what a class that owns memory does when it is copied, moved, returned and kept in a vector.
 *
 * Who writes one of destructor, copy constructor, copy assignment, move constructor and move assignment needs all five: the
 * compiler's own would copy the pointer, and two owners would free it. A move takes the pointer and leaves the other one empty.
 * A value without a name that is returned is built where the caller wants it, with neither: that is the language's promise. For a
 * variable that is returned the compiler may do so, and GCC does unless -fno-elide-constructors forbids it; else it is moved.
 *
 * A vector that grows moves its elements only if their move constructor is noexcept. If it could throw in the middle, neither
 * the old array nor the new one would be whole: so they are copied. One missing word, and every growth copies everything.
 *
 * Sources: ISO/IEC 14882:2020, [class.copy.ctor], [class.copy.elision], [vector.modifiers].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./rule_of_five"
 * stdout = """
 * make: 1 made, 0 copied, 0 moved
 * copy: 0 made, 1 copied, 0 moved
 * move: 0 made, 0 copied, 1 moved
 * the source of the move is empty: yes
 * assign a copy: 0 made, 1 copied, 0 moved
 * assign a move: 0 made, 0 copied, 1 moved
 * return a value: 1 made, 0 copied, 0 moved
 * return a variable: 1 made, 0 copied, 0 moved
 * swap: 0 made, 0 copied, 3 moved
 * a vector grows: 0 made, 0 copied, 2 moved
 * a vector grows, without noexcept: 0 made, 2 copied, 0 moved
 * made and destroyed alike: yes
 * """
 * [/lkmc]
 */
#include <cstring>
#include <iostream>
#include <utility>
#include <vector>

static int made, copied, moved, alive;

template <bool is_noexcept> class Text {
	char *data;

	static char *duplicate(const char *text)
	{
		return text ? std::strcpy(new char[std::strlen(text) + 1], text) : nullptr;
	}

public:
	explicit Text(const char *text) : data(duplicate(text))
	{
		made++;
		alive++;
	}
	Text(const Text &other) : data(duplicate(other.data))
	{
		copied++;
		alive++;
	}
	Text(Text &&other) noexcept(is_noexcept) : data(std::exchange(other.data, nullptr))
	{
		moved++;
		alive++;
	}
	Text &operator=(const Text &other)
	{
		/* First the copy: it may fail, and it may be a copy of this very text. */
		delete[] std::exchange(data, duplicate(other.data));
		copied++;
		return *this;
	}
	Text &operator=(Text &&other) noexcept
	{
		delete[] std::exchange(data, std::exchange(other.data, nullptr));
		moved++;
		return *this;
	}
	~Text()
	{
		delete[] data;
		alive--;
	}
	bool empty() const
	{
		return !data;
	}
};

static void report(const char *what)
{
	std::cout << what << ": " << made << " made, " << copied << " copied, " << moved << " moved\n";
	made = copied = moved = 0;
}

static Text<true> make()
{
	return Text<true>("returned");
}

static Text<true> make_variable()
{
	Text<true> text("returned");

	return text;
}

template <bool is_noexcept> static void grow(const char *what)
{
	std::vector<Text<is_noexcept>> texts;

	texts.reserve(2);
	texts.emplace_back("one");
	texts.emplace_back("two");
	made = copied = moved = 0;
	texts.reserve(texts.capacity() + 1);
	report(what);
}

int main()
{
	{
		Text<true> first("first");

		report("make");
		Text<true> second(first);
		report("copy");
		Text<true> third(std::move(first));
		report("move");
		std::cout << "the source of the move is empty: " << (first.empty() ? "yes" : "no") << '\n';
		first = second;
		report("assign a copy");
		first = std::move(third);
		report("assign a move");
		Text<true> fourth = make();
		report("return a value");
		Text<true> fifth = make_variable();
		report("return a variable");
		std::swap(first, fourth);
		report("swap");
		grow<true>("a vector grows");
		grow<false>("a vector grows, without noexcept");
	}
	std::cout << "made and destroyed alike: " << (alive == 0 ? "yes" : "no") << '\n';
}
