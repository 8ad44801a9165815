// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count owners: unique_ptr, shared_ptr, weak_ptr, and what each costs.
 *
 * A unique_ptr is as large as a pointer: all it does is done by the compiler. A shared_ptr is two pointers, to the object and to a
 * control block with two counters: owners, and observers. The object dies with the last owner, the block with the last observer.
 * make_shared puts both into one allocation; then the object's memory is only freed with the block, too. The counters are atomic as
 * soon as the program has a second thread: before, libstdc++ counts without `lock`. Two objects that own each other never die:
 * one of the two has to be weak.
 *
 * Sources: ISO/IEC 14882:2020, [unique.ptr], [util.sharedptr].
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./smart_pointers"
 * stdout = """
 * unique_ptr: as large as a pointer: yes, with a function to delete: two
 * shared_ptr: two pointers: yes
 * owners: 1, copied 2, moved 2, one gone 1
 * allocations: shared_ptr(new T) 2, make_shared 1
 * weak: there 42, gone: null
 * a cycle: alive 2, with a weak link: alive 0
 * part of an object keeps all of it: alive 1, then 0
 * two threads that copy: owners 1
 * a file closed by its pointer: yes
 * """
 * [/lkmc]
 */
#include "allocations.h"
#include "yes.h"
#include <cstdio>
#include <iostream>
#include <memory>
#include <thread>
#include <utility>

static int alive;

struct Node {
	int number = 42;
	std::shared_ptr<Node> next;
	std::weak_ptr<Node> back;

	Node()
	{
		alive++;
	}
	~Node()
	{
		alive--;
	}
};

static bool closed;

int main()
{
	std::cout << "unique_ptr: as large as a pointer: " << yes(sizeof(std::unique_ptr<Node>) == sizeof(Node *))
		  << ", with a function to delete: "
		  << (sizeof(std::unique_ptr<std::FILE, int (*)(std::FILE *)>) == 2 * sizeof(Node *) ? "two" : "another size") << '\n';
	std::cout << "shared_ptr: two pointers: " << yes(sizeof(std::shared_ptr<Node>) == 2 * sizeof(Node *)) << '\n';

	{
		auto first = std::make_shared<Node>();
		std::cout << "owners: " << first.use_count();
		auto second = first;
		std::cout << ", copied " << first.use_count();
		auto third = std::move(second);
		std::cout << ", moved " << first.use_count();
		third.reset();
		std::cout << ", one gone " << first.use_count() << '\n';
	}

	allocations = 0;
	std::shared_ptr<Node> apart(new Node);
	int two = std::exchange(allocations, 0);
	auto together = std::make_shared<Node>();
	std::cout << "allocations: shared_ptr(new T) " << two << ", make_shared " << allocations << '\n';

	std::weak_ptr<Node> weak = together;
	std::cout << "weak: there " << weak.lock()->number;
	together.reset();
	std::cout << ", gone: " << (weak.lock() ? "something" : "null") << '\n';
	apart.reset();

	Node *lost;
	{
		auto one = std::make_shared<Node>(), other = std::make_shared<Node>();

		one->next = other;
		other->next = one;
		lost = one.get();
	}
	std::cout << "a cycle: alive " << alive;
	/* By hand, for it was only to be shown. */
	lost->next.reset();
	{
		auto one = std::make_shared<Node>(), other = std::make_shared<Node>();

		one->next = other;
		other->back = one;
	}
	std::cout << ", with a weak link: alive " << alive << '\n';

	{
		std::shared_ptr<int> part;
		{
			auto whole = std::make_shared<Node>();

			part = std::shared_ptr<int>(whole, &whole->number);
		}
		std::cout << "part of an object keeps all of it: alive " << alive;
	}
	std::cout << ", then " << alive << '\n';

	auto shared = std::make_shared<Node>();
	auto copy = [&shared] {
		for (int i = 0; i < 10000; i++)
			std::shared_ptr<Node> owner = shared;
	};
	std::thread one(copy), other(copy);
	one.join();
	other.join();
	std::cout << "two threads that copy: owners " << shared.use_count() << '\n';

	{
		auto close = [](std::FILE *file) { closed = std::fclose(file) == 0; };
		std::unique_ptr<std::FILE, decltype(close)> file(std::fopen("/dev/null", "w"));
	}
	std::cout << "a file closed by its pointer: " << yes(closed) << '\n';
}
