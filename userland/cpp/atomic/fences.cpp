// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read in the program's own machine code what instructions come of memory orders, which is different on each architecture.
 *
 * A processor may let a load overtake an earlier store, or more, as long as its own program cannot tell; other processors can.
 * x86_64 reorders so little that acquire and release cost nothing there: only a store that later loads must not overtake
 * (seq_cst) is an exchange, which waits. aarch64 has a load-acquire and a store-release, LDAR and STLR, which keep order
 * among themselves, so that seq_cst needs no more. 32-bit Armv7 has nothing but the barrier DMB: before a store, behind a load,
 * for seq_cst on both sides. riscv64 has FENCE, and GCC 12 stores there by an exchange, AMOSWAP, even where it need not. What
 * relaxed says is said to the compiler: everywhere else it is a plain load or store. An addition on aarch64 is a call: the
 * function there takes LDADD if the processor has it, else a loop (userland/c/atomic/aarch64_ldadd.c).
 *
 * Each function does one thing; the demo goes through its code up to the return and names what it knows.
 *
 * Sources: ISO/IEC 14882:2020, [atomics.order]; Peter Sewell et al., C/C++11 mappings to processors; the architectures' manuals.
 *
 * [lkmc]
 * cflags = ["-O2"]
 *
 * [[lkmc.run]]
 * arches = ["x86_64"]
 * guest = "./fences"
 * stdout = """
 * load relaxed: -
 * load acquire: -
 * load seq_cst: -
 * store relaxed: -
 * store release: -
 * store seq_cst: xchg
 * fetch_add relaxed: lock
 * fence acquire: -
 * fence release: -
 * fence seq_cst: lock
 * """
 * [[lkmc.run]]
 * arches = ["aarch64"]
 * guest = "./fences"
 * stdout = """
 * load relaxed: -
 * load acquire: ldar
 * load seq_cst: ldar
 * store relaxed: -
 * store release: stlr
 * store seq_cst: stlr
 * fetch_add relaxed: call
 * fence acquire: dmb ishld
 * fence release: dmb ish
 * fence seq_cst: dmb ish
 * """
 * [[lkmc.run]]
 * arches = ["arm"]
 * guest = "./fences"
 * stdout = """
 * load relaxed: -
 * load acquire: dmb
 * load seq_cst: dmb dmb
 * store relaxed: -
 * store release: dmb
 * store seq_cst: dmb dmb
 * fetch_add relaxed: ldrex strex
 * fence acquire: dmb
 * fence release: dmb
 * fence seq_cst: dmb
 * """
 * [[lkmc.run]]
 * arches = ["riscv64"]
 * guest = "./fences"
 * stdout = """
 * load relaxed: -
 * load acquire: fence
 * load seq_cst: fence fence
 * store relaxed: amo
 * store release: fence amo
 * store seq_cst: fence amo
 * fetch_add relaxed: amo
 * fence acquire: fence
 * fence release: fence
 * fence seq_cst: fence
 * """
 * [/lkmc]
 */
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <iostream>
#include <iterator>
#include <string_view>

using Number = std::atomic<int>;

template <std::memory_order order> [[gnu::noinline]] static int load(const Number &number)
{
	return number.load(order);
}

template <std::memory_order order> [[gnu::noinline]] static void store(Number &number)
{
	number.store(1, order);
}

/* The sum is returned: or x86_64 would need no more than `lock add`. */
template <std::memory_order order> [[gnu::noinline]] static int add(Number &number)
{
	return number.fetch_add(1, order);
}

template <std::memory_order order> [[gnu::noinline]] static void fence()
{
	std::atomic_thread_fence(order);
}

struct Known {
	/* Of the instruction, and which of its bits count. */
	std::uint32_t bits, mask;
	std::string_view name;
};

#if defined(__x86_64__)
/* Instructions are of any length: these begin with a byte that nothing else in these functions has. */
using Unit = std::uint8_t;
static constexpr Known ret = { 0xc3, 0xff, "ret" };
static constexpr Known known[] = {
	{ 0x87, 0xff, "xchg" },
	{ 0xf0, 0xff, "lock" },
};
#elif defined(__aarch64__)
using Unit = std::uint32_t;
static constexpr Known ret = { 0xd65f03c0, 0xffffffff, "ret" };
static constexpr Known known[] = {
	{ 0x88dffc00, 0xfffffc00, "ldar" },
	{ 0x889ffc00, 0xfffffc00, "stlr" },
	{ 0xd50339bf, 0xffffffff, "dmb ishld" },
	{ 0xd5033bbf, 0xffffffff, "dmb ish" },
	{ 0x94000000, 0xfc000000, "call" },
};
#elif defined(__thumb2__)
/* Two halfwords, of which the first one tells these apart, and for dmb all of it. */
using Unit = std::uint16_t;
static constexpr Known ret = { 0x4770, 0xffff, "bx lr" };
static constexpr Known known[] = {
	{ 0x8f5b, 0xffff, "dmb" },
	{ 0xe850, 0xfff0, "ldrex" },
	{ 0xe840, 0xfff0, "strex" },
};
#elif defined(__riscv)
/* Instructions of one halfword and of two: a fence is told by its second one, an atomic operation by its first. */
using Unit = std::uint16_t;
static constexpr Known ret = { 0x8082, 0xffff, "ret" };
static constexpr Known known[] = {
	{ 0x0ff0, 0xffff, "fence" },
	{ 0x0f50, 0xffff, "fence" },
	{ 0x202f, 0x707f, "amo" },
};
#endif

template <typename Function> static void show(const char *what, Function *function)
{
	/* The lowest bit of a Thumb function's address says that it is one. */
	auto code = reinterpret_cast<const unsigned char *>(reinterpret_cast<std::uintptr_t>(function) & ~std::uintptr_t{ 1 });
	bool any = false;

	std::cout << what << ':';
	for (int i = 0; i < 32; i++) {
		Unit unit;

		std::memcpy(&unit, code + i * sizeof unit, sizeof unit);
		if ((unit & ret.mask) == ret.bits)
			break;
		auto it = std::ranges::find_if(known, [unit](const Known &it) { return (unit & it.mask) == it.bits; });

		if (it == std::end(known))
			continue;
		std::cout << ' ' << it->name;
		any = true;
	}
	std::cout << (any ? "\n" : " -\n");
}

int main()
{
	using enum std::memory_order;

	show("load relaxed", load<relaxed>);
	show("load acquire", load<acquire>);
	show("load seq_cst", load<seq_cst>);
	show("store relaxed", store<relaxed>);
	show("store release", store<release>);
	show("store seq_cst", store<seq_cst>);
	show("fetch_add relaxed", add<relaxed>);
	show("fence acquire", fence<acquire>);
	show("fence release", fence<release>);
	show("fence seq_cst", fence<seq_cst>);
}
