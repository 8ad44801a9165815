// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask who a thread is: in C++, in POSIX and in the kernel, which gives it a number.
 *
 * std::thread::id can be compared, sorted, hashed and printed, and nothing else is said of it. Under Linux it is POSIX's pthread_t,
 * and that is the address of the thread's own data in its process: the next thread may get it again. The kernel's number, which
 * ps and /proc/PID/task show, is gettid(); for the first thread it is the process's. A thread object without a thread has an id
 * of its own that no thread has.
 *
 * Sources: ISO/IEC 14882:2020, [thread.thread.id]; pthread_self(3), gettid(2).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./thread_get_id"
 * stdout = """
 * main's kernel number is the process's: yes
 * as the thread sees it and as main does: the same: yes
 * the id is POSIX's: yes
 * three threads, ids: 3, kernel numbers: 3
 * all in /proc/self/task: yes
 * after join(): thread::id of a non-executing thread
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <barrier>
#include <filesystem>
#include <iostream>
#include <pthread.h>
#include <set>
#include <string>
#include <thread>
#include <unistd.h>

int main()
{
	std::thread::id own, id_of[2];
	pthread_t posix = 0;
	pid_t number_of[2];
	bool there = true;
	/* Both stay until they have been counted: a number that is free may be given again. */
	std::barrier all(3);
	auto work = [&](int i) {
		id_of[i] = std::this_thread::get_id();
		number_of[i] = gettid();
		all.arrive_and_wait();
		all.arrive_and_wait();
	};
	std::thread one(work, 0), two(work, 1);

	all.arrive_and_wait();
	own = one.get_id();
	posix = one.native_handle();
	for (pid_t number : { getpid(), number_of[0], number_of[1] })
		there &= std::filesystem::exists("/proc/self/task/" + std::to_string(number));
	all.arrive_and_wait();

	std::set<std::thread::id> ids = { std::this_thread::get_id(), id_of[0], id_of[1] };
	std::set<pid_t> numbers = { gettid(), number_of[0], number_of[1] };
	std::cout << "main's kernel number is the process's: " << yes(gettid() == getpid()) << '\n';
	std::cout << "as the thread sees it and as main does: the same: " << yes(own == id_of[0]) << '\n';
	std::cout << "the id is POSIX's: " << yes(own == std::thread::id(posix)) << '\n';
	std::cout << "three threads, ids: " << ids.size() << ", kernel numbers: " << numbers.size() << '\n';
	std::cout << "all in /proc/self/task: " << yes(there) << '\n';
	one.join();
	two.join();
	std::cout << "after join(): " << one.get_id() << '\n';
}
