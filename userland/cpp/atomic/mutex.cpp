// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count with a mutex that nobody can forget to unlock, and take two at once without a deadlock.
 *
 * std::mutex is POSIX's. What C++ adds is the lock as an object: its constructor locks, its destructor unlocks, whatever way
 * the block is left, by an exception, too. scoped_lock takes several mutexes: it locks one and tries the next; if that is
 * taken, it lets go of all and waits for that one first. So two threads that name them in opposite orders do not wait for each
 * other for ever. unique_lock can be unlocked before its end, which a condition variable needs. call_once is the third way to
 * do something once, beside a static variable and C's call_once().
 *
 * Between a load and a store the demo lets the other thread run, on the only processor: without the locks half of the
 * additions would be lost, and with one after the other in place of scoped_lock the two would wait for each other, every time.
 *
 * Sources: ISO/IEC 14882:2020, [thread.mutex], [thread.condition].
 *
 * [lkmc]
 * machine.cpus = 1
 *
 * [[lkmc.run]]
 * guest = "./mutex"
 * stdout = """
 * lock_guard: expected 4000, got 4000
 * after an exception it is free: yes
 * two mutexes in opposite orders: sum is still 1000
 * initialized 1 time
 * condition variable: 0 1 2 3 4 5 6 7 8 9
 * try_lock of a taken one: no
 * shared: 2 readers at once: yes
 * """
 * timeout = "60s"
 * [/lkmc]
 */
#include "../yes.h"
#include <barrier>
#include <condition_variable>
#include <iostream>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <stdexcept>
#include <thread>

static std::mutex mutex;

static void count()
{
	int counter = 0;
	auto work = [&] {
		for (int i = 0; i < 2000; i++) {
			std::lock_guard lock(mutex);
			int loaded = counter;

			std::this_thread::yield();
			counter = loaded + 1;
		}
	};
	std::thread one(work), two(work);

	one.join();
	two.join();
	std::cout << "lock_guard: expected 4000, got " << counter << '\n';
}

static void leave_by_exception()
{
	try {
		std::lock_guard lock(mutex);

		throw std::runtime_error("meanwhile");
	} catch (const std::runtime_error &) {
	}
	bool is_free = mutex.try_lock();

	if (is_free)
		mutex.unlock();
	std::cout << "after an exception it is free: " << yes(is_free) << '\n';
}

static void transfer()
{
	struct Account {
		std::mutex mutex;
		int balance = 500;
	} left, right;
	auto move = [](Account &from, Account &to) {
		for (int i = 0; i < 1000; i++) {
			std::scoped_lock both(from.mutex, to.mutex);
			int loaded = from.balance;

			std::this_thread::yield();
			from.balance = loaded - 1;
			to.balance++;
		}
	};
	std::thread one(move, std::ref(left), std::ref(right)), two(move, std::ref(right), std::ref(left));

	one.join();
	two.join();
	std::cout << "two mutexes in opposite orders: sum is still " << left.balance + right.balance << '\n';
}

static void once()
{
	std::once_flag flag;
	int initialized = 0;
	auto work = [&] { std::call_once(flag, [&] { initialized++; }); };
	std::thread one(work), two(work);

	one.join();
	two.join();
	std::cout << "initialized " << initialized << " time\n";
}

static void hand_over()
{
	std::condition_variable changed;
	std::queue<int> queue;
	std::thread producer([&] {
		for (int i = 0; i < 10; i++) {
			{
				std::lock_guard lock(mutex);

				queue.push(i);
			}
			changed.notify_one();
		}
	});

	std::cout << "condition variable:";
	for (int i = 0; i < 10; i++) {
		std::unique_lock lock(mutex);

		/* It may wake up for no reason: so it asks again by itself. */
		changed.wait(lock, [&] { return !queue.empty(); });
		std::cout << ' ' << queue.front();
		queue.pop();
	}
	std::cout << '\n';
	producer.join();
}

int main()
{
	count();
	leave_by_exception();
	transfer();
	once();
	hand_over();

	bool taken = false;
	{
		std::lock_guard lock(mutex);

		std::thread([&] { taken = mutex.try_lock(); }).join();
	}
	std::cout << "try_lock of a taken one: " << yes(taken) << '\n';

	std::shared_mutex shared;
	std::barrier both(2);
	auto read = [&] {
		std::shared_lock lock(shared);

		/* Nobody would get here if they excluded each other. */
		both.arrive_and_wait();
	};
	std::thread one(read), two(read);
	one.join();
	two.join();
	std::cout << "shared: 2 readers at once: " << yes(shared.try_lock()) << '\n';
	shared.unlock();
}
