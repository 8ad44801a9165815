// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give every thread a variable of its own under one name, with a constructor and a destructor.
 *
 * The variables of a thread lie in a block that begins as a copy of the program's .tdata, and a register leads to it: FS of
 * x86_64, TPIDR_EL0 of aarch64, TPIDRURO of arm, tp of riscv64. In a static program a variable is that register and an offset, with
 * no call. One that has a constructor is made when the thread first uses it, so each use asks whether that has been done.
 * What is to be destroyed at the thread's end stands in a list of the libc's, and is gone before join() returns.
 *
 * Sources: ISO/IEC 14882:2020, [basic.stc.thread]; Ulrich Drepper, ELF Handling For Thread-Local Storage.
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./thread_local"
 * stdout = """
 * thread 1: counts 1 2 3, begins at 40
 * thread 2: counts 1 2 3, begins at 40
 * main: counts 1 2 3, begins at 40
 * of thread 1 alone: +object used -object
 * three addresses: yes
 * one offset from the thread pointer: yes
 * """
 * [/lkmc]
 */
#include <cstdint>
#include <iostream>
#include <string>
#include <thread>

static thread_local int counter;
static thread_local int number = 40;
static std::string events;

struct Object {
	Object()
	{
		events += "+object";
	}
	~Object()
	{
		events += " -object";
	}
	void use()
	{
		events += " used";
	}
};

static thread_local Object object;

struct Seen {
	std::uintptr_t address, offset;
};

static Seen count(const char *name)
{
	auto address = reinterpret_cast<std::uintptr_t>(&counter);

	std::cout << name << ": counts";
	for (int i = 0; i < 3; i++)
		std::cout << ' ' << ++counter;
	std::cout << ", begins at " << number++ << '\n';
	return { address, address - reinterpret_cast<std::uintptr_t>(__builtin_thread_pointer()) };
}

int main()
{
	Seen one, two, own;

	/* One inside the other, so that all are there at the same time and the order of their lines is known. */
	std::thread([&] {
		one = count("thread 1");
		object.use();
		std::thread([&] { two = count("thread 2"); }).join();
	}).join();
	own = count("main");
	std::cout << "of thread 1 alone: " << events << '\n';
	std::cout << "three addresses: "
		  << (one.address != two.address && two.address != own.address && own.address != one.address ? "yes" : "no") << '\n';
	std::cout << "one offset from the thread pointer: "
		  << (one.offset == two.offset && two.offset == own.offset ? "yes" : "no") << '\n';
}
