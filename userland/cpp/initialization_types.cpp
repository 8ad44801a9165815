// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Begin a variable in every way that C++ has, and see what is in it.
 *
 *     T a;          default: a class's constructor; a number is not initialized, unless it is static
 *     T a{};        value: zero, if there is no constructor that says otherwise
 *     T a(1, 2);    direct: any constructor
 *     T a = b;      copy: only constructors that are not explicit
 *     T a{ 1, 2 };  list: a constructor for lists comes first; nothing may be lost in conversions
 *     T a{ .y = 2 } designated: members by name, in their order; the others as with {}
 *
 * The bytes of an object on the heap are whatever was there before. The demo puts something there first.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.init], [dcl.init.list], [dcl.init.aggr].
 *
 * [lkmc]
 * cflags = ["-Wno-missing-field-initializers"]
 *
 * [[lkmc.run]]
 * guest = "./initialization_types"
 * stdout = """
 * static: 0
 * new int: what was there, new int(): 0, new int{}: 0
 * aggregate {}: 0 7
 * aggregate { 1 }: 1 7
 * aggregate { .y = 2 }: 0 2
 * with a constructor of its own, {}: what was there
 * vector(3, 1): 1 1 1, vector{ 3, 1 }: 3 1
 * T a(1): explicit, T a = 1: not
 * array { 1 }: 1 0 0
 * a copy that is left out: 0 copies
 * """
 * [/lkmc]
 */
#include <cstddef>
#include <cstring>
#include <iostream>
#include <new>
#include <vector>

struct Aggregate {
	int x;
	int y = 7;
};

struct Own {
	int x;

	/* Leaves x alone. */
	Own()
	{
	}
};

struct Choice {
	const char *made;

	explicit Choice(int) : made("explicit")
	{
	}
	Choice(long) : made("not")
	{
	}
};

struct Copied {
	int copies = 0;

	Copied() = default;
	Copied(const Copied &other) : copies(other.copies + 1)
	{
	}
};

static int at_zero;

/* Memory in which something has been. */
alignas(std::max_align_t) static unsigned char memory[64];

template <typename T> static const char *content(const T &value)
{
	int found;

	/*
	 * To use what is in a variable that was never initialized is undefined, copied as bytes or not. The asm makes this
	 * defined: as far as the compiler knows, it has written there.
	 */
	asm volatile("" : : "r"(&value) : "memory");
	std::memcpy(&found, &value, sizeof found);
	return found == 0 ? "0" : found == 0x55555555 ? "what was there" : "something";
}

static unsigned char *used()
{
	std::memset(memory, 0x55, sizeof memory);
	/* The compiler must take it for granted that somebody reads these. */
	asm volatile("" : : "r"(memory) : "memory");
	return memory;
}

static void show(const char *what, const Aggregate &aggregate)
{
	std::cout << what << ": " << aggregate.x << ' ' << aggregate.y << '\n';
}

static void show(const std::vector<int> &numbers)
{
	for (int number : numbers)
		std::cout << ' ' << number;
}

int main()
{
	std::cout << "static: " << at_zero << '\n';
	std::cout << "new int: " << content(*new (used()) int);
	std::cout << ", new int(): " << content(*new (used()) int());
	std::cout << ", new int{}: " << content(*new (used()) int{}) << '\n';
	show("aggregate {}", *new (used()) Aggregate{});
	show("aggregate { 1 }", Aggregate{ 1 });
	show("aggregate { .y = 2 }", Aggregate{ .y = 2 });
	std::cout << "with a constructor of its own, {}: " << content(*new (used()) Own{}) << '\n';

	std::cout << "vector(3, 1):";
	show(std::vector<int>(3, 1));
	std::cout << ", vector{ 3, 1 }:";
	show(std::vector<int>{ 3, 1 });

	Choice direct(1), copy = 1;
	std::cout << "\nT a(1): " << direct.made << ", T a = 1: " << copy.made << '\n';

	int array[3] = { 1 };
	std::cout << "array { 1 }: " << array[0] << ' ' << array[1] << ' ' << array[2] << '\n';

	/* From the value of an expression to a variable there is no copy. */
	Copied copied = Copied(Copied(Copied()));
	std::cout << "a copy that is left out: " << copied.copies << " copies\n";
}
