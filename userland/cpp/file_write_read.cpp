// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a file and read it again through streams: text, bytes, positions, and the three ways to fail.
 *
 * The file is closed when the stream is destroyed, but an error of that last write is lost: so close it and ask. eof is not known
 * before somebody has read beyond the end; so the loop's condition is the read itself. What has failed stays failed until clear().
 * fail alone says that the text was no number; bad, that the system could not read or write. For exceptions instead of questions
 * there is exceptions().
 *
 * Sources: ISO/IEC 14882:2020, [file.streams], [iostate.flags], [istream].
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./file_write_read"
 * stdout = """
 * written: yes
 * lines: one|two words|3|
 * numbers: 1 2 3, then eof fail
 * no number: fail, the rest: x4
 * position 4: two
 * bytes: 00 0a ff, size 3
 * appended: one two
 * no such file: fail, No such file or directory
 * a full disk is seen when it is flushed: bad
 * as an exception: yes
 * """
 * [/lkmc]
 */
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>
#include <string>

static const char *const path = "/tmp/file_write_read";

static void write(const std::string &text, std::ios::openmode mode = std::ios::out)
{
	std::ofstream file(path, mode);

	file << text;
	file.close();
	if (!file)
		std::cout << "cannot write\n";
}

static std::string state(const std::ios &stream)
{
	std::string state;

	for (auto [bit, name] : { std::pair(std::ios::eofbit, "eof "), { std::ios::failbit, "fail " }, { std::ios::badbit, "bad " } })
		if (stream.rdstate() & bit)
			state += name;
	return state.substr(0, state.empty() ? 0 : state.size() - 1);
}

int main()
{
	std::string line;
	int number;

	{
		std::ofstream file(path);

		file << "one\n" << "two words\n" << 3 << '\n';
		file.close();
		std::cout << "written: " << (file ? "yes" : "no") << "\nlines: ";
	}
	{
		std::ifstream file(path);

		while (std::getline(file, line))
			std::cout << line << '|';
	}

	write("1 2 3");
	std::ifstream numbers(path);
	std::cout << "\nnumbers:";
	while (numbers >> number)
		std::cout << ' ' << number;
	std::cout << ", then " << state(numbers) << '\n';

	write("x4");
	std::ifstream none(path);
	none >> number;
	std::cout << "no number: " << state(none);
	none.clear();
	none >> line;
	std::cout << ", the rest: " << line << '\n';

	write("one two");
	std::ifstream positioned(path);
	positioned.seekg(4) >> line;
	std::cout << "position 4: " << line << '\n';

	write(std::string("\0\n\xff", 3), std::ios::binary);
	std::ifstream binary(path, std::ios::binary | std::ios::ate);
	auto size = binary.tellg();
	binary.seekg(0);
	std::cout << "bytes:" << std::hex << std::setfill('0');
	for (std::istreambuf_iterator<char> byte(binary), end; byte != end; ++byte)
		std::cout << ' ' << std::setw(2) << (*byte & 0xff);
	std::cout << std::dec << ", size " << size << '\n';

	write("one");
	write(" two", std::ios::app);
	std::getline(std::ifstream(path), line);
	std::cout << "appended: " << line << '\n';

	std::ifstream missing("/tmp/no_such_file");
	/* The reason is not the stream's: it is what the system call left. */
	std::cout << "no such file: " << state(missing) << ", " << std::strerror(errno) << '\n';

	std::ofstream full("/dev/full");
	full << "lost" << std::flush;
	std::cout << "a full disk is seen when it is flushed: " << state(full) << '\n';

	bool thrown = false;
	try {
		std::ifstream file;

		file.exceptions(std::ios::failbit | std::ios::badbit);
		file.open("/tmp/no_such_file");
	} catch (const std::ios::failure &) {
		thrown = true;
	}
	std::cout << "as an exception: " << (thrown ? "yes" : "no") << '\n';
}
