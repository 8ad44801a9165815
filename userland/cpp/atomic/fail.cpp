// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lose an update with an ordinary variable, in an order of steps that is made on purpose, and keep it with an atomic one.
 *
 * `counter = counter + 1` is a load, an addition and a store. Two threads that have both loaded before either stores add 1
 * between them. In C++ that is a data race, and undefined, even if nothing is lost: the compiler may keep the variable in a
 * register for as long as it likes. So the demo takes atomic loads and stores, which are defined, and does not take one
 * indivisible step: what is lost then is the program's own mistake. ++ of std::atomic is one step.
 *
 * By chance, down to the instructions: userland/c/atomic/fail.c and its neighbours.
 *
 * Sources: ISO/IEC 14882:2020, [intro.races], [atomics.types.operations].
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./fail"
 * stdout = """
 * load, everybody has loaded, store: expected 2, got 1
 * one step: expected 2, got 2
 * compare and exchange notices: expected 2, got 2, attempts 3
 * """
 * [/lkmc]
 */
#include <atomic>
#include <barrier>
#include <iostream>
#include <thread>

static std::atomic<int> counter, attempts;

/* Once by each of two threads, from zero. */
template <typename Function> static void twice(const char *what, Function add)
{
	counter = 0;
	{
		std::barrier both(2);
		std::jthread one(add, std::ref(both)), two(add, std::ref(both));
	}
	std::cout << what << ": expected 2, got " << counter;
}

int main()
{
	twice("load, everybody has loaded, store", [](std::barrier<> &both) {
		int loaded = counter.load();

		both.arrive_and_wait();
		counter.store(loaded + 1);
	});
	twice("\none step", [](std::barrier<> &both) {
		both.arrive_and_wait();
		counter++;
	});
	twice("\ncompare and exchange notices", [](std::barrier<> &both) {
		int loaded = counter.load();

		/* Both have loaded 0: the first attempt of one of them must fail. It loads what is there instead. */
		both.arrive_and_wait();
		do
			attempts++;
		while (!counter.compare_exchange_strong(loaded, loaded + 1));
	});
	std::cout << ", attempts " << attempts << '\n';
}
