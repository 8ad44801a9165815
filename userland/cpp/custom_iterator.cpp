// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write an iterator for a container of one's own, and have `for`, the algorithms and the ranges take it.
 *
 * `for (x : list)` is written out as a loop from begin() to end() with !=, ++ and *. What an algorithm needs beyond that it asks
 * the iterator's type: which category it is (forward: it can be copied and gone through again), what it refers to, what a
 * difference is. With five names and a handful of operators every algorithm that is content with that category works on a list
 * that the library has never seen; sorting is not, it wants to jump. The kernel's lists do the same with macros and offsetof.
 *
 * An iterator that may change elements becomes one that may not, as a pointer does; never the other way round.
 *
 * A generator needs no container at all: an iterator may compute its values.
 *
 * Sources: ISO/IEC 14882:2020, [stmt.ranged], [iterator.concept.forward].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./custom_iterator"
 * stdout = """
 * for: 3 1 2
 * distance: 3, largest: 3, found: yes
 * changed in place: 6 2 4
 * a constant list: sum 12
 * ranges: 36 16
 * it is a forward iterator: yes, a bidirectional one: no; sort takes it: no
 * becomes a constant one: yes, the other way round: no
 * a generator: 1 1 2 3 5 8 13 21
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <iostream>
#include <iterator>
#include <numeric>
#include <ranges>
#include <type_traits>
#include <utility>

/* The elements are the caller's: a list only links them. */
class List {
public:
	struct Node {
		int value;
		Node *next = nullptr;
	};

	template <bool is_const> class Iterator {
		friend class Iterator<true>;
		using Pointer = std::conditional_t<is_const, const Node *, Node *>;
		Pointer node = nullptr;

	public:
		using iterator_category = std::forward_iterator_tag;
		using value_type = int;
		using difference_type = std::ptrdiff_t;
		using pointer = std::conditional_t<is_const, const int *, int *>;
		using reference = std::conditional_t<is_const, const int &, int &>;

		Iterator() = default;
		explicit Iterator(Pointer node) : node(node)
		{
		}
		template <bool is_other_const>
			requires(is_const && !is_other_const)
		Iterator(const Iterator<is_other_const> &other) : node(other.node)
		{
		}
		reference operator*() const
		{
			return node->value;
		}
		pointer operator->() const
		{
			return &node->value;
		}
		Iterator &operator++()
		{
			node = node->next;
			return *this;
		}
		Iterator operator++(int)
		{
			Iterator before = *this;

			++*this;
			return before;
		}
		/* != is made of it. */
		bool operator==(const Iterator &) const = default;
	};

	void push_front(Node &node)
	{
		node.next = first;
		first = &node;
	}
	Iterator<false> begin()
	{
		return Iterator<false>(first);
	}
	Iterator<false> end()
	{
		return {};
	}
	Iterator<true> begin() const
	{
		return Iterator<true>(first);
	}
	Iterator<true> end() const
	{
		return {};
	}

private:
	Node *first = nullptr;
};

struct Fibonacci {
	int last = 0, now = 1;

	/* What stands for the end has a type of its own. */
	struct End {
		int limit;
	};

	int operator*() const
	{
		return now;
	}
	Fibonacci &operator++()
	{
		last = std::exchange(now, last + now);
		return *this;
	}
	bool operator==(End end) const
	{
		return now > end.limit;
	}
};

struct FibonacciUpTo {
	int limit;

	Fibonacci begin() const
	{
		return {};
	}
	Fibonacci::End end() const
	{
		return { limit };
	}
};

template <typename Range>
concept Sortable = requires(Range &range) { std::ranges::sort(range); };

static void show(const char *what, const auto &range)
{
	std::cout << what << ':';
	for (int number : range)
		std::cout << ' ' << number;
	std::cout << '\n';
}

int main()
{
	List::Node nodes[] = { { 2 }, { 1 }, { 3 } };
	List list;

	for (List::Node &node : nodes)
		list.push_front(node);
	show("for", list);
	std::cout << "distance: " << std::distance(list.begin(), list.end())
		  << ", largest: " << *std::max_element(list.begin(), list.end())
		  << ", found: " << yes(std::find(list.begin(), list.end(), 1) != list.end()) << '\n';
	std::transform(list.begin(), list.end(), list.begin(), [](int number) { return 2 * number; });
	show("changed in place", list);
	const List &constant = list;
	std::cout << "a constant list: sum " << std::accumulate(constant.begin(), constant.end(), 0) << '\n';
	auto is_large = [](int number) { return number > 3; };
	auto squared = [](int number) { return number * number; };
	std::cout << "ranges:";
	for (int number : list | std::views::filter(is_large) | std::views::transform(squared))
		std::cout << ' ' << number;
	using Iterator = List::Iterator<false>;
	using Constant = List::Iterator<true>;
	std::cout << "\nit is a forward iterator: " << yes(std::forward_iterator<Iterator>)
		  << ", a bidirectional one: " << yes(std::bidirectional_iterator<Iterator>)
		  << "; sort takes it: " << yes(Sortable<List>) << '\n';
	std::cout << "becomes a constant one: " << yes(std::is_convertible_v<Iterator, Constant>)
		  << ", the other way round: " << yes(std::is_convertible_v<Constant, Iterator>) << '\n';
	show("a generator", FibonacciUpTo{ 21 });
}
