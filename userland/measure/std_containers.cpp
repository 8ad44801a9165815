// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Insert N random keys into containers of C++, and see what one insertion costs while they grow.
 *
 * containers.c writes a tree, a heap and a hash map out and is measured as a whole; here are the library's, and the cost is
 * shown for each doubling: of the keys 1025 to 2048, of 2049 to 4096 and so on. std::set walks a tree that is kept balanced,
 * and every key is a node that malloc() finds a place for: when the nodes leave a cache, its line rises. std::unordered_set has
 * nodes, too, and rises where all of them are distributed anew. std::priority_queue is an array: new keys move up by little
 * more than one level on average, whatever its size.
 *
 *     lkmc profile run aarch64-qemu --demos std_containers -- std_containers set 1000000 time
 *     lkmc profile run aarch64-gem5-hpi --demos std_containers -- std_containers set 10000 m5
 *
 * The first measures by the guest's clock, which on gem5 is simulated. With `m5` each doubling is a dump of gem5's statistics: the
 * first one of all keys up to 1024.
 *
 * Sources: ISO/IEC 14882:2020, [associative.reqmts], [unord.req], [priority.queue].
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "set"
 * guest = "./std_containers set 1000"
 * stdout = "set: 1000 keys, smallest 0051dc055045ffc7\n"
 * [[lkmc.run]]
 * name = "unordered_set"
 * guest = "./std_containers unordered_set 1000"
 * stdout = "unordered_set: 1000 keys, smallest 0051dc055045ffc7\n"
 * [[lkmc.run]]
 * name = "priority_queue"
 * guest = "./std_containers priority_queue 1000"
 * stdout = "priority_queue: 1000 keys, smallest 0051dc055045ffc7\n"
 * [[lkmc.run]]
 * name = "time"
 * guest = "./std_containers set 5000 time"
 * stdout = """
 * 1 to 1024: {dec} ns each
 * 1025 to 2048: {dec} ns each
 * 2049 to 4096: {dec} ns each
 * 4097 to 5000: {dec} ns each
 * set: 5000 keys, smallest 0003d8289b87d1a7
 * """
 * [[lkmc.run]]
 * name = "usage"
 * guest = "./std_containers list 1000"
 * status = 2
 * stderr = "usage: std_containers set|unordered_set|priority_queue KEYS [time|m5]\n"
 * [/lkmc]
 */
#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <queue>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "m5ops.h"

enum class Measure { nothing, time, m5 };

/* Of the first part; each one after it doubles the container. */
static constexpr std::uint64_t first_part = 1024;

static std::uint64_t next_key()
{
	static std::uint64_t state = 1;
	std::uint64_t high;

	/* As in containers.c, so that the keys are the same. */
	state = state * 6364136223846793005u + 1442695040888963407u;
	high = state & 0xffffffff00000000u;
	state = state * 6364136223846793005u + 1442695040888963407u;
	return high | state >> 32;
}

template <typename Container> static void insert(Container &container, std::uint64_t key)
{
	if constexpr (requires { container.push(key); })
		container.push(key);
	else
		container.insert(key);
}

template <typename Container> static std::uint64_t smallest(const Container &container)
{
	if constexpr (requires { container.top(); })
		return container.top();
	else
		return *std::min_element(container.begin(), container.end());
}

template <typename Container> static void fill(const char *name, std::uint64_t count, Measure measure)
{
	using Clock = std::chrono::steady_clock;
	Container container;
	std::vector<std::uint64_t> keys;

	for (std::uint64_t begin = 0, end = first_part; begin < count; begin = end, end *= 2) {
		end = std::min(end, count);
		/* Beforehand: they are not what is measured. */
		keys.resize(end - begin);
		std::generate(keys.begin(), keys.end(), next_key);

		if (measure == Measure::m5)
			m5_reset_stats(0, 0);
		auto start = Clock::now();
		for (std::uint64_t key : keys)
			insert(container, key);
		auto taken = std::chrono::nanoseconds(Clock::now() - start);
		if (measure == Measure::m5)
			m5_dump_stats(0, 0);
		else if (measure == Measure::time)
			std::printf("%" PRIu64 " to %" PRIu64 ": %" PRIu64 " ns each\n", begin + 1, end,
				    static_cast<std::uint64_t>(taken.count()) / (end - begin));
	}
	std::printf("%s: %" PRIu64 " keys, smallest %016" PRIx64 "\n", name, static_cast<std::uint64_t>(container.size()),
		    smallest(container));
}

int main(int argc, char **argv)
{
	using Queue = std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>>;
	std::string_view kind = argc > 1 ? argv[1] : "", how = argc > 3 ? argv[3] : "";
	std::uint64_t count = argc == 3 || argc == 4 ? std::strtoull(argv[2], nullptr, 10) : 0;
	Measure measure = how == "time" ? Measure::time : how == "m5" ? Measure::m5 : Measure::nothing;

	if (!count || (argc == 4 && measure == Measure::nothing))
		kind = "";
	if (kind == "set")
		fill<std::set<std::uint64_t>>("set", count, measure);
	else if (kind == "unordered_set")
		fill<std::unordered_set<std::uint64_t>>("unordered_set", count, measure);
	else if (kind == "priority_queue")
		fill<Queue>("priority_queue", count, measure);
	else {
		std::fprintf(stderr, "usage: std_containers set|unordered_set|priority_queue KEYS [time|m5]\n");
		return 2;
	}
}
