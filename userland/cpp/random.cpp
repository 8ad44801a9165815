// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make random numbers that are the same each time, and see which of them are the same everywhere.
 *
 * An engine is a formula with a state: the standard says each bit of it, so that with a fixed seed the ten thousandth number is
 * a part of the standard. A distribution makes of these numbers what is wanted; how it does that is left to the library, so
 * its numbers are only the same with the same library. `engine() % 6` is not quite fair, and rand() % 6 less so. Real chance
 * comes from std::random_device, which here is an instruction of the processor or the kernel's getrandom(). None of these
 * engines is fit for keys: from 624 numbers of mt19937 all others follow.
 *
 * Sources: ISO/IEC 14882:2020, [rand.predef], [rand.dist].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./random"
 * stdout = """
 * the 10000th of mt19937: 4123659995, of minstd_rand: 399268537
 * the same seed, the same numbers: yes; a copy of the engine goes on alike: yes
 * state of mt19937: at least 2496 bytes: yes
 * thrown 6000 times, each face about 1000 times: yes
 * a mean of 10 and a deviation of 2: yes
 * shuffled, all are still there: yes
 * foreseen from 624 numbers: yes
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <numeric>
#include <random>
#include <vector>

template <typename Engine> static auto ten_thousandth()
{
	Engine engine;

	engine.discard(9999);
	return engine();
}

/* What mt19937 does to a word of its state before it hands it out, undone: a shift that is applied again and again converges. */
static std::uint32_t state_of(std::uint32_t output)
{
	std::uint32_t y = output, x;

	y ^= y >> 18;
	y ^= y << 15 & 0xefc60000;
	x = y;
	for (int i = 0; i < 4; i++)
		x = y ^ (x << 7 & 0x9d2c5680);
	y = x;
	for (int i = 0; i < 2; i++)
		x = y ^ x >> 11;
	return x;
}

static std::uint32_t output_of(std::uint32_t y)
{
	y ^= y >> 11;
	y ^= y << 7 & 0x9d2c5680;
	y ^= y << 15 & 0xefc60000;
	return y ^ y >> 18;
}

int main()
{
	std::mt19937 engine(7), same(7);

	std::cout << "the 10000th of mt19937: " << ten_thousandth<std::mt19937>()
		  << ", of minstd_rand: " << ten_thousandth<std::minstd_rand>() << '\n';
	bool alike = engine() == same() && engine() == same();
	std::mt19937 copy = engine;
	std::cout << "the same seed, the same numbers: " << yes(alike)
		  << "; a copy of the engine goes on alike: " << yes(engine() == copy()) << '\n';
	std::cout << "state of mt19937: at least 2496 bytes: " << yes(sizeof engine >= 2496) << '\n';

	std::array<int, 6> faces{};
	std::uniform_int_distribution<int> die(1, 6);
	for (int i = 0; i < 6000; i++)
		faces.at(die(engine) - 1)++;
	std::cout << "thrown 6000 times, each face about 1000 times: "
		  << yes(std::ranges::all_of(faces, [](int times) { return times > 850 && times < 1150; })) << '\n';

	std::normal_distribution<double> normal(10, 2);
	double sum = 0, squares = 0;
	constexpr int count = 10000;
	for (int i = 0; i < count; i++) {
		double number = normal(engine);

		sum += number;
		squares += number * number;
	}
	double mean = sum / count, deviation = std::sqrt(squares / count - mean * mean);
	std::cout << "a mean of 10 and a deviation of 2: " << yes(std::abs(mean - 10) < 0.2 && std::abs(deviation - 2) < 0.2) << '\n';

	std::vector<int> numbers(100), sorted;
	std::iota(numbers.begin(), numbers.end(), 0);
	sorted = numbers;
	std::ranges::shuffle(numbers, engine);
	bool moved = numbers != sorted;
	std::ranges::sort(numbers);
	std::cout << "shuffled, all are still there: " << yes(moved && numbers == sorted) << '\n';

	/* A stranger sees 624 numbers, and computes the 625th by the engine's own formula. */
	std::mt19937 secret(std::random_device{}());
	std::array<std::uint32_t, 624> state;
	for (std::uint32_t &word : state)
		word = state_of(static_cast<std::uint32_t>(secret()));
	std::uint32_t joined = (state[0] & 0x80000000) | (state[1] & 0x7fffffff);
	std::uint32_t next = state[397] ^ joined >> 1 ^ (joined & 1 ? 0x9908b0df : 0);
	std::cout << "foreseen from 624 numbers: " << yes(output_of(next) == secret()) << '\n';
}
