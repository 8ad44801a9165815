// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replace the operators that every `new` and `delete` calls, and count what the library and the language ask of them.
 *
 * `new T` is two steps: operator new gives memory, the constructor makes an object in it. If the constructor throws, the memory is
 * given back. `new T[n]` of a class with a destructor asks for more than n objects: in front of them stands n, the array cookie, or
 * delete[] would not know how many there are. Placement new is the second step alone, a call of the destructor its reverse: so
 * are vectors made, which have more memory than objects. A program that defines these operators replaces the library's for all
 * that is linked into it. If there is no memory, a handler is called until it helps, throws or gives up.
 *
 * Sources: ISO/IEC 14882:2020, [expr.new], [new.delete], [basic.stc.dynamic.allocation]; Itanium C++ ABI, 2.7.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./new_delete"
 * stdout = """
 * new: 1 allocated, 0 freed
 * delete: 0 allocated, 1 freed
 * a constructor that throws: 1 allocated, 1 freed
 * an array of 5 without a destructor: 20 bytes
 * an array of 5 with one: 20 bytes and a cookie: yes, it says 5: yes
 * destroyed: 5
 * in memory that is there already: 0 allocated, 0 freed
 * a vector that grows to 100: 8 allocated, 8 freed
 * one that reserves: 1 allocated, 1 freed
 * more aligned than usual: yes
 * no memory: handler called 2 times, then bad_alloc
 * nothrow: a null pointer
 * all was freed: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <new>
#include <vector>

static long allocated, freed;
static std::size_t last_size;
/* As if there was no memory. */
static bool refuse;

void *operator new(std::size_t size)
{
	for (;;) {
		void *memory = refuse ? nullptr : std::malloc(size);

		if (memory) {
			allocated++;
			last_size = size;
			return memory;
		}
		std::new_handler handler = std::get_new_handler();
		if (!handler)
			throw std::bad_alloc();
		handler();
	}
}

void operator delete(void *memory) noexcept
{
	/* Of a null pointer nothing is to be freed, and it is allowed. */
	freed += memory != nullptr;
	std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
	operator delete(memory);
}

/* All others, such as new[] and nothrow, call these in this library, but for those that are more aligned. */
void *operator new(std::size_t size, std::align_val_t alignment)
{
	void *memory = std::aligned_alloc(static_cast<std::size_t>(alignment), size);

	if (!memory)
		throw std::bad_alloc();
	allocated++;
	return memory;
}

void operator delete(void *memory, std::align_val_t) noexcept
{
	operator delete(memory);
}

void operator delete(void *memory, std::size_t, std::align_val_t) noexcept
{
	operator delete(memory);
}

/* The compiler may leave a new and its delete out together, if nobody looks at the memory. */
template <typename T> static T *looked_at(T *pointer)
{
	asm volatile("" : : "r"(pointer) : "memory");
	return pointer;
}

struct Fails {
	Fails()
	{
		throw 1;
	}
};

static int destroyed;

struct Destroyed {
	int number = 0;

	~Destroyed()
	{
		destroyed++;
	}
};

struct alignas(64) CacheLine {
	char bytes[64];
};

static void report(const char *what)
{
	std::cout << what << ": " << allocated << " allocated, " << freed << " freed\n";
	allocated = freed = 0;
}

static int handled;

int main()
{
	int *number = looked_at(new int(1));
	report("new");
	delete number;
	report("delete");
	try {
		looked_at(new Fails);
	} catch (int) {
	}
	report("a constructor that throws");

	int *numbers = looked_at(new int[5]);
	std::cout << "an array of 5 without a destructor: " << last_size << " bytes\n";
	delete[] numbers;
	Destroyed *array = looked_at(new Destroyed[5]);
	auto cookie = reinterpret_cast<std::size_t *>(array)[-1];
	std::cout << "an array of 5 with one: 20 bytes and a cookie: " << yes(last_size > 20 && last_size <= 20 + 2 * sizeof cookie)
		  << ", it says 5: " << yes(cookie == 5) << '\n';
	delete[] array;
	std::cout << "destroyed: " << destroyed << '\n';
	allocated = freed = 0;

	alignas(Destroyed) std::byte memory[sizeof(Destroyed)];
	Destroyed *placed = new (memory) Destroyed;
	placed->~Destroyed();
	report("in memory that is there already");

	{
		std::vector<int> growing;

		for (int i = 0; i < 100; i++)
			growing.push_back(i);
	}
	report("a vector that grows to 100");
	{
		std::vector<int> reserved;

		reserved.reserve(100);
		for (int i = 0; i < 100; i++)
			reserved.push_back(i);
	}
	report("one that reserves");
	auto line = std::make_unique<CacheLine>();
	std::cout << "more aligned than usual: " << yes(reinterpret_cast<std::uintptr_t>(line.get()) % 64 == 0) << '\n';
	line.reset();

	refuse = true;
	std::set_new_handler([] {
		if (++handled == 2)
			std::set_new_handler(nullptr);
	});
	try {
		looked_at(new int);
	} catch (const std::bad_alloc &) {
		refuse = false;
		std::cout << "no memory: handler called " << handled << " times, then bad_alloc\n";
	}
	refuse = true;
	int *none = looked_at(new (std::nothrow) int);
	refuse = false;
	std::cout << "nothrow: " << (none ? "memory" : "a null pointer") << '\n';
	std::cout << "all was freed: " << yes(allocated == freed) << '\n';
}
