// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count, hand over, wait and build a stack with std::atomic.
 *
 *     ++, fetch_add             one indivisible step
 *     store(release)            what was written before is seen by whoever loads this value
 *     load(acquire)             with acquire: so one flag hands over any amount of ordinary data
 *     compare_exchange          "store this if there is still that": in a loop it makes any operation atomic
 *     wait, notify              sleep until the value is another one: a futex (userland/linux/futex.c), with no mutex
 *
 * Sequential consistency is the default: all threads see all such operations in one order. What instructions come of the orders:
 * fences.cpp. Whether there are instructions for a type at all, is_always_lock_free says; where not, the library takes a lock
 * from a table.
 *
 * Sources: ISO/IEC 14882:2020, [atomics.order], [atomics.types.generic], [atomics.wait].
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./std_atomic"
 * stdout = """
 * ++: 20000
 * fetch_add: 20000, every old value came once: yes
 * relaxed: 20000
 * handed over by release and acquire: 1000 times of 1000
 * largest by compare and exchange: 19999
 * a stack without a lock: 2000 pushed, sum 1999000
 * waited for: 10 values
 * a flag: was clear, then set
 * lock-free: int yes, pointer yes, 4 KiB no
 * """
 * timeout = "60s"
 * [/lkmc]
 */
#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

static constexpr int rounds = 10000;

static const char *yes(bool is)
{
	return is ? "yes" : "no";
}

template <typename Function> static void both(Function work)
{
	std::jthread one(work), two(work);
}

static void count()
{
	std::atomic<int> counter = 0, tickets = 0, relaxed = 0, largest = 0;
	std::vector<std::atomic<char>> taken(2 * rounds);
	bool each_once = true;

	both([&] {
		for (int i = 0; i < rounds; i++) {
			int ticket = tickets.fetch_add(1);

			counter++;
			taken[ticket]++;
			relaxed.fetch_add(1, std::memory_order_relaxed);
			for (int seen = largest; seen < ticket && !largest.compare_exchange_weak(seen, ticket);)
				;
		}
	});
	for (const auto &times : taken)
		each_once &= times == 1;
	std::cout << "++: " << counter << "\nfetch_add: " << tickets << ", every old value came once: " << yes(each_once)
		  << "\nrelaxed: " << relaxed << '\n';

	int data = 0, right = 0;
	std::atomic<int> turn = 0;
	std::thread writer([&] {
		for (int i = 1; i <= 1000; i++) {
			data = i * i;
			turn.store(2 * i - 1, std::memory_order_release);
			while (turn.load(std::memory_order_acquire) != 2 * i)
				std::this_thread::yield();
		}
	});
	for (int i = 1; i <= 1000; i++) {
		while (turn.load(std::memory_order_acquire) != 2 * i - 1)
			std::this_thread::yield();
		right += data == i * i;
		turn.store(2 * i, std::memory_order_release);
	}
	writer.join();
	std::cout << "handed over by release and acquire: " << right << " times of 1000\n";
	std::cout << "largest by compare and exchange: " << largest << '\n';
}

struct Node {
	int value;
	Node *next;
};

/* Only push: who also pops from several threads has to reckon with a node that was freed and came back meanwhile (ABA). */
static void stack()
{
	std::atomic<Node *> top = nullptr;
	std::atomic<int> next = 0;
	int pushed = 0;
	long sum = 0;

	both([&] {
		for (int i = 0; i < 1000; i++) {
			Node *node = new Node{ next++, top.load(std::memory_order_relaxed) };

			while (!top.compare_exchange_weak(node->next, node, std::memory_order_release,
							  std::memory_order_relaxed))
				;
		}
	});
	for (Node *node = top; node; pushed++) {
		Node *freed = node;

		sum += node->value;
		node = node->next;
		delete freed;
	}
	std::cout << "a stack without a lock: " << pushed << " pushed, sum " << sum << '\n';
}

static void wait()
{
	std::atomic<int> value = 0;
	int seen = 0;
	std::thread changer([&] {
		for (int i = 1; i <= 10; i++) {
			/* Not before the last one has been seen. */
			for (int last; (last = value.load()) != 2 * i - 2;)
				value.wait(last);
			value = 2 * i - 1;
			value.notify_all();
		}
	});

	for (int i = 1; i <= 10; i++) {
		for (int last; (last = value.load()) != 2 * i - 1;)
			value.wait(last);
		seen++;
		value = 2 * i;
		value.notify_all();
	}
	changer.join();
	std::cout << "waited for: " << seen << " values\n";
}

int main()
{
	struct Large {
		char bytes[4096];
	};
	std::atomic_flag flag;

	count();
	stack();
	wait();
	std::cout << "a flag: was " << (flag.test_and_set() ? "set" : "clear") << ", then "
		  << (flag.test() ? "set" : "clear") << '\n';
	std::cout << "lock-free: int " << yes(std::atomic<int>::is_always_lock_free) << ", pointer "
		  << yes(std::atomic<Node *>::is_always_lock_free) << ", 4 KiB " << yes(std::atomic<Large>::is_always_lock_free)
		  << '\n';
}
