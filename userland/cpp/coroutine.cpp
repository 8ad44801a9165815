// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Leave a function in the middle and go on with it later: a coroutine, and its frame on the heap.
 *
 * A function with co_yield, co_await or co_return is cut at these places. Its locals lie in a frame that is allocated when it
 * is called, together with the number of the place where it stands; resume() is an ordinary call of a function that jumps
 * there, and has the caller's stack below it. So there may be thousands, each as large as its locals, where a thread would need
 * a stack and the kernel. What happens at the beginning, at a yield and at the end, its promise_type says. destroy() in the
 * middle destroys the locals that are alive there.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.fct.def.coroutine], [expr.await].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./coroutine"
 * stdout = """
 * called: one allocation: yes, nothing has run: yes
 * values: 1 1 2 3 5 8
 * two at the same time: 1 1 1 1 2 2
 * destroyed in the middle: +local -local
 * at its end: done
 * an exception comes out of resume(): from inside
 * the stack while it runs is the caller's: yes, its locals are not there: yes
 * all frames are freed: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <coroutine>
#include <cstdint>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <utility>

static int frames, allocations;

class Generator {
public:
	struct promise_type {
		int value = 0;

		/* Of the frame's memory; the global operators would do as well. */
		static void *operator new(std::size_t size)
		{
			frames++;
			allocations++;
			return ::operator new(size);
		}
		/* If only one of the two was inlined, GCC 12 would warn that they do not fit together. */
		[[gnu::noinline]] static void operator delete(void *memory)
		{
			frames--;
			::operator delete(memory);
		}

		Generator get_return_object()
		{
			return Generator(Handle::from_promise(*this));
		}
		/* At the beginning it waits for the first resume(), at the end for destroy(). */
		std::suspend_always initial_suspend() noexcept
		{
			return {};
		}
		std::suspend_always final_suspend() noexcept
		{
			return {};
		}
		std::suspend_always yield_value(int yielded) noexcept
		{
			value = yielded;
			return {};
		}
		void return_void()
		{
		}
		void unhandled_exception()
		{
			throw;
		}
	};

	Generator(Generator &&other) noexcept : handle(std::exchange(other.handle, nullptr))
	{
	}
	~Generator()
	{
		if (handle)
			handle.destroy();
	}
	/* To the next value; false if there is none. */
	bool next()
	{
		handle.resume();
		return !handle.done();
	}
	int value() const
	{
		return handle.promise().value;
	}

private:
	using Handle = std::coroutine_handle<promise_type>;
	Handle handle;

	explicit Generator(Handle handle) : handle(handle)
	{
	}
};

static bool begun;

static Generator fibonacci()
{
	int last = 0, now = 1;

	begun = true;
	for (;;) {
		co_yield now;
		last = std::exchange(now, last + now);
	}
}

struct Local {
	Local()
	{
		std::cout << " +local";
	}
	~Local()
	{
		std::cout << " -local";
	}
};

static Generator with_local()
{
	Local local;

	co_yield 1;
}

static Generator fails()
{
	co_yield 1;
	throw std::runtime_error("from inside");
}

static std::uintptr_t stack_inside, local_inside;

[[gnu::noinline]] static std::uintptr_t stack()
{
	return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

static Generator looks()
{
	volatile int local = 0;

	stack_inside = stack();
	local_inside = reinterpret_cast<std::uintptr_t>(&local);
	co_yield local;
	/* Needed after it, so it has to survive it. */
	local = 1;
}

static bool near(std::uintptr_t left, std::uintptr_t right)
{
	return left - right + 4096 < 8192;
}

int main()
{
	{
		Generator numbers = fibonacci();

		std::cout << "called: one allocation: " << yes(allocations == 1) << ", nothing has run: " << yes(!begun) << "\nvalues:";
		for (int i = 0; i < 6 && numbers.next(); i++)
			std::cout << ' ' << numbers.value();
	}
	{
		Generator one = fibonacci(), other = fibonacci();

		std::cout << "\ntwo at the same time:";
		for (int i = 0; i < 3 && one.next() && other.next(); i++)
			std::cout << ' ' << one.value() << ' ' << other.value();
	}
	std::cout << "\ndestroyed in the middle:";
	{
		Generator generator = with_local();

		generator.next();
	}
	{
		Generator generator = fails();

		generator.next();
		try {
			generator.next();
		} catch (const std::runtime_error &error) {
			Generator once = looks();

			while (once.next())
				;
			std::cout << "\nat its end: done\nan exception comes out of resume(): " << error.what() << '\n';
		}
	}
	std::uintptr_t here = stack();
	std::cout << "the stack while it runs is the caller's: " << yes(near(here, stack_inside))
		  << ", its locals are not there: " << yes(!near(here, local_inside)) << '\n';
	std::cout << "all frames are freed: " << yes(frames == 0) << '\n';
}
