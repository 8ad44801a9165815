// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sort, and count what it takes: std::sort, stable_sort, partial_sort, nth_element.
 *
 * libstdc++'s sort is quicksort that gives up when it divides badly and becomes heap sort: so N log N comparisons are the
 * most, whatever comes. Short pieces are left for insertion sort at the end. It does not keep equal ones in their order;
 * stable_sort, a merge sort, does, with memory of half the size. Who wants only the smallest ten, or the one in the middle, gets it
 * cheaper. The comparison is a type and not a pointer as with C's qsort(): the compiler sees it and puts it into the loop.
 *
 * A comparison must be a strict weak order: one that says that an element is less than itself lets sort() run past the array's end.
 *
 * Sources: ISO/IEC 14882:2020, [alg.sorting]; David Musser, Introspective Sorting and Selection
 * Algorithms; Douglas McIlroy, A Killer Adversary for Quicksort.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./sort"
 * stdout = """
 * sort: sorted, comparisons less than 1.5 N log2 N: yes
 * of what is sorted already: yes
 * against an opponent more, but less than 4 N log2 N: yes
 * partial_sort, the first three: 0 1 2, less than sort: yes
 * nth_element, the middle one: 5000, less than partial_sort of half: yes
 * stable_sort keeps equal ones in order: yes
 * by a member: Ada Edsger Grace
 * sort and qsort agree: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

static long comparisons;

static bool less(int left, int right)
{
	comparisons++;
	return left < right;
}

/* How many comparisons it took. */
template <typename Function> static long cost(Function function)
{
	comparisons = 0;
	function();
	return comparisons;
}

/*
 * An opponent: it decides what an element is worth only when two undecided ones are compared, and as badly for quicksort as can
 * be. The one that it takes to be the pivot becomes the smallest of those that are left.
 */
class Opponent {
	static constexpr int undecided = 1 << 30;
	std::vector<int> worth;
	int next = 0, candidate = 0;

public:
	explicit Opponent(int size) : worth(size, undecided)
	{
	}
	bool less(int left, int right)
	{
		comparisons++;
		if (worth[left] == undecided && worth[right] == undecided)
			worth[left == candidate ? left : right] = next++;
		if (worth[left] == undecided)
			candidate = left;
		else if (worth[right] == undecided)
			candidate = right;
		return worth[left] < worth[right];
	}
};

int main()
{
	constexpr int size = 10000;
	const double bound = 1.5 * size * std::log2(size);
	std::vector<int> shuffled(size);

	std::iota(shuffled.begin(), shuffled.end(), 0);
	std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));

	std::vector<int> numbers = shuffled;
	long by_sort = cost([&] { std::sort(numbers.begin(), numbers.end(), less); });
	std::cout << "sort: " << (std::is_sorted(numbers.begin(), numbers.end()) ? "sorted" : "not sorted")
		  << ", comparisons less than 1.5 N log2 N: " << yes(by_sort < bound) << '\n';
	long again = cost([&] { std::sort(numbers.begin(), numbers.end(), less); });
	std::cout << "of what is sorted already: " << yes(again < bound) << '\n';
	Opponent opponent(size);
	std::iota(numbers.begin(), numbers.end(), 0);
	long worst = cost([&] {
		std::sort(numbers.begin(), numbers.end(), [&](int left, int right) { return opponent.less(left, right); });
	});
	std::cout << "against an opponent more, but less than 4 N log2 N: " << yes(worst > by_sort && worst < 4 * size * std::log2(size))
		  << '\n';

	numbers = shuffled;
	long three = cost([&] { std::partial_sort(numbers.begin(), numbers.begin() + 3, numbers.end(), less); });
	std::cout << "partial_sort, the first three: " << numbers[0] << ' ' << numbers[1] << ' ' << numbers[2]
		  << ", less than sort: " << yes(three < by_sort) << '\n';
	numbers = shuffled;
	long half = cost([&] { std::partial_sort(numbers.begin(), numbers.begin() + size / 2, numbers.end(), less); });
	numbers = shuffled;
	long middle = cost([&] { std::nth_element(numbers.begin(), numbers.begin() + size / 2, numbers.end(), less); });
	std::cout << "nth_element, the middle one: " << numbers[size / 2] << ", less than partial_sort of half: "
		  << yes(middle < half) << '\n';

	/* Sorted by the last digit only. */
	std::vector<int> stable(size);
	std::iota(stable.begin(), stable.end(), 0);
	std::stable_sort(stable.begin(), stable.end(), [](int left, int right) { return left % 10 < right % 10; });
	bool kept = true;
	for (int i = 1; i < size; i++)
		kept &= stable[i - 1] % 10 < stable[i] % 10 || stable[i - 1] < stable[i];
	std::cout << "stable_sort keeps equal ones in order: " << yes(kept) << '\n';

	struct Person {
		std::string name;
		int age;
	};
	std::vector<Person> people = { { "Grace", 85 }, { "Ada", 36 }, { "Edsger", 72 } };
	std::ranges::sort(people, {}, &Person::age);
	std::cout << "by a member:";
	for (const Person &person : people)
		std::cout << ' ' << person.name;

	std::vector<int> by_c = shuffled;
	std::qsort(by_c.data(), by_c.size(), sizeof(int), [](const void *left, const void *right) {
		return *static_cast<const int *>(left) - *static_cast<const int *>(right);
	});
	std::cout << "\nsort and qsort agree: " << yes(std::is_sorted(by_c.begin(), by_c.end())) << '\n';
}
