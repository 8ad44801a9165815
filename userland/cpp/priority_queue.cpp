// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Always get the largest first: std::priority_queue, a heap in an array.
 *
 * Each element is not smaller than its two children, which stand at 2i+1 and 2i+2: no pointers, no node, and one allocation when
 * the array grows. The largest stands at 0. A new one comes to the end and moves up, log2 N steps at most and about one on
 * average; when the first is taken, the last one takes its place and moves down. Nothing but the top can be seen or removed, equal
 * ones come in any order, and to get the smallest first one turns the comparison around. The algorithms are there without the
 * class: make_heap, push_heap, pop_heap, and sort_heap, which is heap sort.
 *
 * Sources: ISO/IEC 14882:2020, [priority.queue], [alg.heap.operations]; Knuth, The Art of Computer Programming, volume 3,
 * section 5.2.3.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./priority_queue"
 * stdout = """
 * largest first: 9 6 5 4 3 2 1 1
 * smallest first: 1 1 2 3 4 5 6 9
 * jobs: panic, boot, idle
 * the array is a heap: yes, sorted: no
 * the array, sorted: 1 1 2 3 4 5 6 9
 * comparisons to push 1023 that come in order: 8194
 * to push 1023 that come the other way: 1022
 * """
 * [/lkmc]
 */
#include <algorithm>
#include <functional>
#include <iostream>
#include <queue>
#include <string>
#include <vector>

struct Job {
	int urgency;
	std::string name;

	bool operator<(const Job &other) const
	{
		return urgency < other.urgency;
	}
};

static int comparisons;

struct Counting {
	bool operator()(int left, int right) const
	{
		comparisons++;
		return left < right;
	}
};

template <typename Queue> static void drain(Queue queue)
{
	for (; !queue.empty(); queue.pop())
		std::cout << ' ' << queue.top();
	std::cout << '\n';
}

int main()
{
	std::vector<int> numbers = { 3, 1, 4, 1, 5, 9, 2, 6 };

	std::cout << "largest first:";
	drain(std::priority_queue<int>(numbers.begin(), numbers.end()));
	std::cout << "smallest first:";
	drain(std::priority_queue<int, std::vector<int>, std::greater<>>(numbers.begin(), numbers.end()));

	std::priority_queue<Job> jobs;
	jobs.push({ 5, "boot" });
	jobs.push({ 0, "idle" });
	jobs.push({ 9, "panic" });
	std::cout << "jobs: ";
	for (const char *before = ""; !jobs.empty(); jobs.pop(), before = ", ")
		std::cout << before << jobs.top().name;

	std::make_heap(numbers.begin(), numbers.end());
	std::cout << "\nthe array is a heap: " << (std::is_heap(numbers.begin(), numbers.end()) ? "yes" : "no")
		  << ", sorted: " << (std::is_sorted(numbers.begin(), numbers.end()) ? "yes" : "no") << "\nthe array, sorted:";
	std::sort_heap(numbers.begin(), numbers.end());
	for (int number : numbers)
		std::cout << ' ' << number;

	std::priority_queue<int, std::vector<int>, Counting> up, down;
	for (int i = 0; i < 1023; i++)
		up.push(i);
	std::cout << "\ncomparisons to push 1023 that come in order: " << comparisons;
	comparisons = 0;
	for (int i = 1023; i > 0; i--)
		down.push(i);
	std::cout << "\nto push 1023 that come the other way: " << comparisons << '\n';
}
