// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Let the compiler execute functions, and find the results in the program's constant data.
 *
 *     constexpr function    may be executed by the compiler, and must be where a constant is needed
 *     constexpr variable    is computed by the compiler, or the program is refused
 *     consteval function    is executed by the compiler alone: no code is made of it
 *     constinit variable    begins with a value that the compiler has computed, and may change
 *
 * The compiler's interpreter takes less than the machine does: what is undefined is an error there, and so is a loop without end,
 * after 262144 rounds (-fconstexpr-loop-limit). std::is_constant_evaluated() tells a function who executes it.
 *
 * The table stands between the linker's symbols for what is never written, with its last value: nobody has to fill it before
 * main(), and processes that run the same program share the pages.
 *
 * Sources: ISO/IEC 14882:2020, [dcl.constexpr], [expr.const]; gcc manual, "C++ Dialect Options".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./constexpr"
 * stdout = """
 * by the compiler: 12586269025, by the program: 12586269025
 * who executes it: the compiler, the program
 * crc32 of "123456789": cbf43926
 * the table is constant data: yes
 * consteval: 6
 * constinit, changed: 43
 * digits of the numbers from 1 to 20, in a string of the compiler's: 31
 * """
 * [/lkmc]
 */
#include <array>
#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>
#include <type_traits>

/* Of the linker: where the executable code ends, and where data that may change begin. */
extern "C" char etext, __data_start;

static constexpr std::uint64_t fibonacci(int n)
{
	std::uint64_t last = 0, next = 1;

	for (; n > 0; n--) {
		std::uint64_t sum = last + next;

		last = next;
		next = sum;
	}
	return last;
}

static constexpr const char *who()
{
	return std::is_constant_evaluated() ? "the compiler" : "the program";
}

static constexpr std::array<std::uint32_t, 256> make_table()
{
	std::array<std::uint32_t, 256> table{};

	for (std::uint32_t i = 0; i < table.size(); i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0xedb88320 : 0);
	}
	return table;
}

static constexpr auto table = make_table();

static constexpr std::uint32_t crc32(std::string_view text)
{
	std::uint32_t crc = ~0u;

	for (unsigned char byte : text)
		crc = crc >> 8 ^ table[(crc ^ byte) & 0xff];
	return ~crc;
}

/* A test that fails when the program is compiled. */
static_assert(crc32("123456789") == 0xcbf43926);

static consteval int sum_to(int n)
{
	return n ? n + sum_to(n - 1) : 0;
}

static constinit int begun = sum_to(8) + 6;

/* Memory may be allocated, if it is freed before the compiler is done. */
static constexpr std::size_t digits_up_to(int most)
{
	std::string digits;

	for (int number = 1; number <= most; number++)
		for (int rest = number; rest > 0; rest /= 10)
			digits += static_cast<char>('0' + rest % 10);
	return digits.size();
}

int main(int argc, char **)
{
	constexpr std::uint64_t compiled = fibonacci(50);
	constexpr const char *by_compiler = who();
	int fifty = argc + 49;
	auto address = reinterpret_cast<const char *>(&table);
	std::string digits;

	std::cout << "by the compiler: " << compiled << ", by the program: " << fibonacci(fifty) << '\n';
	std::cout << "who executes it: " << by_compiler << ", " << who() << '\n';
	for (char digit = '1'; digit <= '9'; digit++)
		digits += digit;
	std::cout << "crc32 of \"" << digits << "\": " << std::hex << crc32(digits) << std::dec << '\n';
	std::cout << "the table is constant data: " << (address >= &etext && address < &__data_start ? "yes" : "no") << '\n';
	std::cout << "consteval: " << sum_to(3) << '\n';
	begun++;
	std::cout << "constinit, changed: " << begun << '\n';
	constexpr std::size_t length = digits_up_to(20);
	std::cout << "digits of the numbers from 1 to 20, in a string of the compiler's: " << length << '\n';
}
