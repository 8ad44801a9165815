// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Throw through several functions, and see what runs on the way, in which order, and where the way ends.
 *
 * `throw` makes the exception object on the heap and calls the unwinder. That walks the stack twice: first only to find a
 * handler, by tables that the compiler has written for each function; nothing has been undone yet. If there is one, it walks again,
 * and enters each function on the way at the place that destroys its locals (the landing pad). So code that does not throw pays
 * nothing but its tables, and a throw is expensive.
 *
 * If the first walk finds nobody, std::terminate() is called where the exception was thrown: nothing is destroyed, and a debugger
 * or a core dump shows the stack as it was. A noexcept function counts as somebody: GCC walks the second time, destroys
 * what lies on the way, and calls std::terminate() when it is there; its own locals stay (the standard leaves all of that open).
 * The same if a destructor throws during the second walk.
 *
 * In GDB: `catch throw`. The functions' names: __cxa_throw, _Unwind_RaiseException, __gxx_personality_v0 (arm: its own ABI).
 *
 * Sources: Itanium C++ ABI: Exception Handling; ISO/IEC 14882:2020, [except].
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "caught"
 * guest = "./exceptions caught"
 * stdout = """
 * thrown
 * ~inner
 * ~middle
 * handler: bottom
 * ~outer
 * thrown
 * ~inner
 * ~middle
 * handler: bottom, thrown on
 * ~outer
 * by its base, last: bottom
 * the next one with its cause: above, bottom
 * a destructor knows that it unwinds: yes
 * kept and thrown elsewhere: later
 * a constructor's function try block: base
 * none is alive: yes
 * """
 * [[lkmc.run]]
 * name = "nobody catches it"
 * guest = "./exceptions uncaught 2>&1"
 * status = 134
 * stdout = """
 * thrown
 * terminate: bottom
 * """
 * [[lkmc.run]]
 * name = "noexcept"
 * guest = "./exceptions noexcept 2>&1"
 * status = 134
 * stdout = """
 * thrown
 * ~inner
 * ~middle
 * terminate: bottom
 * """
 * [[lkmc.run]]
 * name = "a destructor throws meanwhile"
 * guest = "./exceptions destructor 2>&1"
 * status = 134
 * stdout = """
 * thrown
 * ~inner
 * ~middle
 * terminate: from a destructor
 * """
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./exceptions"
 * status = 2
 * stderr = "usage: exceptions caught|uncaught|noexcept|destructor\n"
 * [/lkmc]
 */
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string_view>
#include <utility>

static int alive;

struct Error : std::runtime_error {
	explicit Error(const char *what) : std::runtime_error(what)
	{
		alive++;
	}
	Error(const Error &other) : std::runtime_error(other)
	{
		alive++;
	}
	~Error() override
	{
		alive--;
	}
};

/* Everything at once: what dies flushes no buffers. */
static void say(std::string_view text)
{
	std::cout << text << std::endl;
}

struct Local {
	const char *name;

	~Local()
	{
		std::cout << '~' << name << std::endl;
	}
};

/* The compiler may not know that it always does. */
static volatile bool throwing_throws = true;

struct Throwing {
	~Throwing() noexcept(false)
	{
		if (throwing_throws)
			throw Error("from a destructor");
	}
};

static void bottom()
{
	Local inner{ "inner" };

	say("thrown");
	throw Error("bottom");
}

static void middle()
{
	Local middle{ "middle" };

	bottom();
}

static void top(bool throws_on)
{
	Local outer{ "outer" };

	try {
		middle();
	} catch (const Error &error) {
		std::cout << "handler: " << error.what() << (throws_on ? ", thrown on" : "") << std::endl;
		if (throws_on)
			throw;
	}
}

static void promises() noexcept
{
	Local local{ "a local of the noexcept function" };

	middle();
}

static void with_throwing_local()
{
	try {
		Throwing throwing;

		middle();
	} catch (const Error &) {
		say("not reached");
	}
}

struct Base {
	explicit Base(bool fails)
	{
		if (fails)
			throw Error("base");
	}
};

struct Derived : Base {
	/* The only way to see what a base's or a member's constructor throws; it is thrown on at the end by itself. */
	explicit Derived(bool fails)
	try : Base(fails) {
	} catch (const Error &error) {
		std::cout << "a constructor's function try block: " << error.what() << '\n';
	}
};

static void nested()
{
	try {
		throw Error("bottom");
	} catch (...) {
		std::throw_with_nested(Error("above"));
	}
}

static void caught()
{
	top(false);
	try {
		top(true);
	} catch (const std::logic_error &) {
		say("another class");
	} catch (const std::exception &error) {
		std::cout << "by its base, last: " << error.what() << '\n';
	}

	try {
		nested();
	} catch (const Error &error) {
		std::cout << "the next one with its cause: " << error.what();
		try {
			std::rethrow_if_nested(error);
		} catch (const Error &cause) {
			std::cout << ", " << cause.what() << '\n';
		}
	}

	bool unwinds = false;
	struct Watch {
		bool &unwinds;

		~Watch()
		{
			unwinds = std::uncaught_exceptions() == 1;
		}
	};
	try {
		Watch watch{ unwinds };

		throw Error("seen by a destructor");
	} catch (const Error &) {
		std::cout << "a destructor knows that it unwinds: " << (unwinds ? "yes" : "no") << '\n';
	}

	std::exception_ptr kept;
	try {
		throw Error("later");
	} catch (...) {
		kept = std::current_exception();
	}
	try {
		std::rethrow_exception(std::exchange(kept, nullptr));
	} catch (const Error &error) {
		std::cout << "kept and thrown elsewhere: " << error.what() << '\n';
	}

	try {
		Derived derived(true);
	} catch (const Error &) {
	}
	std::cout << "none is alive: " << (alive == 0 ? "yes" : "no") << '\n';
}

[[noreturn]] static void end()
{
	/* The exception can be asked for: it is being handled. */
	try {
		throw;
	} catch (const std::exception &error) {
		std::cerr << "terminate: " << error.what() << '\n';
	}
	std::abort();
}

int main(int argc, char **argv)
{
	std::string_view way = argc == 2 ? argv[1] : "";

	std::set_terminate(end);
	if (way == "caught")
		caught();
	else if (way == "uncaught")
		middle();
	else if (way == "noexcept")
		promises();
	else if (way == "destructor")
		with_throwing_local();
	else {
		std::cerr << "usage: exceptions caught|uncaught|noexcept|destructor\n";
		return 2;
	}
}
