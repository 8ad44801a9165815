// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts what a program allocates with `new`, whoever does so for it: for programs of one source. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <cstddef>
#include <cstdlib>
#include <new>

static int allocations;

void *operator new(std::size_t size)
{
	allocations++;
	if (void *memory = std::malloc(size))
		return memory;
	throw std::bad_alloc();
}

void operator delete(void *memory) noexcept
{
	std::free(memory);
}

void operator delete(void *memory, std::size_t) noexcept
{
	std::free(memory);
}

#endif
