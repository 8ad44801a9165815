// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Get a thread's result: std::thread itself has none.
 *
 * What a thread's function returns is dropped, and an exception that leaves it ends the program. A reference to a variable
 * does it, if the thread is joined before it is read. A promise and its future are made for that: the value, or the exception, lies
 * in a state that both share, and get() waits for it. packaged_task makes that of any function, async starts the thread, too,
 * and its future waits for the thread's end when it is destroyed. A promise that is given up tells whoever waits.
 *
 * Arguments are copied for the thread, unless std::ref says otherwise. A std::thread that is neither joined nor detached ends
 * the program when it is destroyed; std::jthread joins.
 *
 * Sources: ISO/IEC 14882:2020, [thread.thread.class], [futures].
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * name = "results"
 * guest = "./thread_return_value"
 * stdout = """
 * by reference: 42
 * by promise: 42
 * by packaged_task: 42
 * by async: 42
 * deferred, in this thread: yes
 * an exception: from the thread
 * a promise that is given up: broken
 * one result for three threads: 126
 * stopped when it was asked to: yes
 * """
 * [[lkmc.run]]
 * name = "not joined"
 * guest = "./thread_return_value forgotten"
 * status = 134
 * stderr = "terminate called without an active exception\n"
 * [/lkmc]
 */
#include <atomic>
#include <future>
#include <iostream>
#include <stdexcept>
#include <thread>

static int work(int number)
{
	return 2 * number;
}

static int fail()
{
	throw std::runtime_error("from the thread");
}

int main(int argc, char **)
{
	if (argc > 1) {
		std::atomic<bool> never = false;
		std::thread forgotten([&] { never.wait(false); });

		return 0;
	}

	int result = 0;
	std::thread([&result] { result = work(21); }).join();
	std::cout << "by reference: " << result << '\n';

	std::promise<int> promise;
	std::future<int> future = promise.get_future();
	std::jthread by_promise([promise = std::move(promise)]() mutable { promise.set_value(work(21)); });
	std::cout << "by promise: " << future.get() << '\n';

	std::packaged_task<int(int)> task(work);
	future = task.get_future();
	std::jthread by_task(std::move(task), 21);
	std::cout << "by packaged_task: " << future.get() << '\n';

	std::cout << "by async: " << std::async(std::launch::async, work, 21).get() << '\n';
	auto where = std::async(std::launch::deferred, std::this_thread::get_id).get();
	std::cout << "deferred, in this thread: " << (where == std::this_thread::get_id() ? "yes" : "no") << '\n';

	try {
		std::async(std::launch::async, fail).get();
	} catch (const std::runtime_error &error) {
		std::cout << "an exception: " << error.what() << '\n';
	}

	{
		std::promise<int> given_up;

		future = given_up.get_future();
	}
	try {
		future.get();
	} catch (const std::future_error &error) {
		std::cout << "a promise that is given up: "
			  << (error.code() == std::future_errc::broken_promise ? "broken" : "something else") << '\n';
	}

	std::promise<int> for_all;
	std::shared_future<int> shared(for_all.get_future());
	std::atomic<int> sum = 0;
	{
		std::jthread waiting[3];

		for (auto &thread : waiting)
			thread = std::jthread([shared, &sum] { sum += shared.get(); });
		for_all.set_value(work(21));
	}
	std::cout << "one result for three threads: " << sum << '\n';

	bool stopped = false;
	{
		std::jthread asked([&](std::stop_token stop) {
			while (!stop.stop_requested())
				std::this_thread::yield();
			stopped = true;
		});
	}
	std::cout << "stopped when it was asked to: " << (stopped ? "yes" : "no") << '\n';
}
