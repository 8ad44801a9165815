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
 * The threads count until a plain counter in the same loop has lost several times (../../contended.h). That release and acquire are
 * needed to hand over, no such run can show: on a processor that keeps loads and stores in order anyway, x86_64, relaxed ones pass
 * as well, and elsewhere it takes bad luck. They are right by the standard's rules, not by this test.
 *
 * Sources: ISO/IEC 14882:2020, [atomics.order], [atomics.types.generic], [atomics.wait].
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./std_atomic"
 * stdout = """
 * ++, none lost: yes
 * fetch_add, none lost: yes, every old value came once: yes
 * relaxed, none lost: yes
 * multiplied by compare and exchange, none lost: yes
 * a stack without a lock, none lost: yes
 * handed over: 1000 times of 1000
 * waited for: 10 values
 * a flag: was clear, then set
 * lock-free: int yes, pointer yes, 4 KiB no
 * """
 * timeout = "120s"
 * [/lkmc]
 */
#include "../../contended.h"
#include "../yes.h"
#include <algorithm>
#include <atomic>
#include <barrier>
#include <iostream>
#include <iterator>
#include <thread>
#include <vector>

struct Node {
	Node *next;
};

/* Two threads do all of this at once. */
struct Counters {
	std::atomic<unsigned> counter = 0, tickets = 0, relaxed = 0, product = 1;
	std::atomic<Node *> top = nullptr;
	std::vector<char> taken = std::vector<char>(2 * rounds);
	std::vector<Node> nodes = std::vector<Node>(2 * rounds);
	std::barrier<> start{ 2 };

	void count()
	{
		start.arrive_and_wait();
		for (unsigned long i = 0; i < rounds; i++) {
			unsigned ticket = tickets.fetch_add(1);

			counter++;
			relaxed.fetch_add(1, std::memory_order_relaxed);
			for (unsigned seen = product; !product.compare_exchange_weak(seen, 3 * seen);)
				;
			taken.at(ticket) = true;
			push(nodes.at(ticket));
			add_plain();
		}
	}

	/* Only push: who also pops from several threads has to reckon with a node that was freed and came back meanwhile (ABA). */
	void push(Node &node)
	{
		node.next = top.load(std::memory_order_relaxed);
		while (!top.compare_exchange_weak(node.next, &node, std::memory_order_release, std::memory_order_relaxed))
			;
	}

	/* As many numbers as places: if each place has one, none has come twice. */
	bool all_taken() const
	{
		return std::ranges::count(taken, true) == std::ssize(taken);
	}

	/* The powers of 3 up to the 2^30th are all different, also modulo 2^32. */
	bool all_multiplied() const
	{
		unsigned power = 1;

		for (unsigned long i = 0; i < 2 * rounds; i++)
			power *= 3;
		return product == power;
	}

	bool all_pushed() const
	{
		unsigned long pushed = 0;

		for (const Node *node = top; node && pushed <= 2 * rounds; node = node->next)
			pushed++;
		return pushed == 2 * rounds;
	}
};

static void count()
{
	bool counted, dealt, each_once, relaxed, multiplied, pushed;

	do {
		Counters all;
		{
			std::jthread one(&Counters::count, &all), two(&Counters::count, &all);
		}
		counted = all.counter == 2 * rounds;
		dealt = all.tickets == 2 * rounds;
		each_once = all.all_taken();
		relaxed = all.relaxed == 2 * rounds;
		multiplied = all.all_multiplied();
		pushed = all.all_pushed();
	} while (again(counted && dealt && each_once && relaxed && multiplied && pushed, 2));

	std::cout << "++, none lost: " << yes(counted) << "\nfetch_add, none lost: " << yes(dealt)
		  << ", every old value came once: " << yes(each_once) << "\nrelaxed, none lost: " << yes(relaxed)
		  << "\nmultiplied by compare and exchange, none lost: " << yes(multiplied)
		  << "\na stack without a lock, none lost: " << yes(pushed) << '\n';
}

static void hand_over()
{
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
	std::cout << "handed over: " << right << " times of 1000\n";
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
	hand_over();
	wait();
	std::cout << "a flag: was " << (flag.test_and_set() ? "set" : "clear") << ", then "
		  << (flag.test() ? "set" : "clear") << '\n';
	std::cout << "lock-free: int " << yes(std::atomic<int>::is_always_lock_free) << ", pointer "
		  << yes(std::atomic<Node *>::is_always_lock_free) << ", 4 KiB " << yes(std::atomic<Large>::is_always_lock_free)
		  << '\n';
}
