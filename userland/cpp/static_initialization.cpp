// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See when variables that live as long as the program get their values, and when they are destroyed.
 *
 *     1. those with a constant value are in the program's file, all others are zero
 *     2. what has to be computed: in the order of a file; among several files in no order that one may rely on
 *     3. main()
 *     4. variables in functions when control first comes there: a guard variable beside each says whether that has happened, and
 *        if several threads come at once, one does it and the others wait
 *     5. after main(), or exit(): destroyed in the reverse order of their completion, between functions of atexit()
 *
 * Where one file's variable needs another file's, it may still be zero: the remedy is 4, a function that has it as a static. The
 * compiler writes a function for each file, and the linker an array of them, .init_array, which the libc goes through.
 * init_priority is GCC's way to choose an order. std::cout is such a variable, too, so what is made this early prints by C's
 * functions.
 *
 * If a static's initializer throws, it is tried again the next time.
 *
 * Sources: ISO/IEC 14882:2020, [basic.start], [stmt.dcl]; Itanium C++ ABI, 3.3.2, "One-time Construction API".
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./static_initialization"
 * stdout = """
 * +first of all, by its priority
 * +early sees constant 42, later 0
 * +late
 * main: later is 7
 * before the call of the function
 * +local
 * the second call: the same object: yes
 * initialized by one of 4 threads: 1 time
 * failed once, then: 2
 * end of main
 * -local
 * registered while late was there
 * -late
 * -early
 * -first of all, by its priority
 * """
 * [/lkmc]
 */
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <vector>

struct Noisy {
	const char *name;

	explicit Noisy(const char *name) : name(name)
	{
		std::printf("+%s\n", name);
	}
	~Noisy()
	{
		std::printf("-%s\n", name);
	}
};

static int compute(int number)
{
	/* The compiler may not do it ahead. */
	asm volatile("" : "+r"(number));
	return number;
}

extern int later;
extern Noisy late;

static constinit int constant = 42;

struct Early {
	Early()
	{
		std::printf("+early sees constant %d, later %d\n", constant, later);
	}
	~Early()
	{
		std::puts("-early");
	}
};

static Early early;
int later = compute(7);
Noisy late("late");
/* Although it stands behind them. */
[[gnu::init_priority(1000)]] static Noisy first("first of all, by its priority");

static Noisy &local()
{
	static Noisy object("local");

	return object;
}

static constexpr int callers = 4;
static std::atomic<int> arrived, initialized;

static int slow()
{
	/* Until all are about to ask for the variable: it is not there for any of them. */
	while (arrived < callers)
		std::this_thread::yield();
	return ++initialized;
}

static int by_several()
{
	static int number = slow();

	return number;
}

static int attempts;

static int fails_once()
{
	static int number = [] {
		if (++attempts == 1)
			throw std::runtime_error("not yet");
		return attempts;
	}();

	return number;
}

int main()
{
	std::vector<std::jthread> threads;

	std::printf("main: later is %d\n", later);
	std::atexit([] { std::puts("registered while late was there"); });
	std::puts("before the call of the function");
	Noisy *once = &local();
	std::printf("the second call: the same object: %s\n", &local() == once ? "yes" : "no");

	for (int i = 0; i < callers; i++)
		threads.emplace_back([] {
			arrived++;
			by_several();
		});
	threads.clear();
	std::printf("initialized by one of 4 threads: %d time\n", initialized.load());

	try {
		fails_once();
	} catch (const std::runtime_error &) {
		std::printf("failed once, then: %d\n", fails_once());
	}
	std::puts("end of main");
}
