// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a directory that nobody else has, fill it, walk through it and remove all of it: std::filesystem.
 *
 * The library has temp_directory_path(), $TMPDIR or /tmp, and no way to make a new directory there: to look for a free name and
 * take it afterwards is a race, in which a stranger can put a link between the two. mkdtemp() of POSIX does both in one step:
 * mkdir(2) fails if the name is taken, so one tries names until one is new. An object whose destructor removes it does so after
 * an exception, too; not after a signal. Every function comes twice: one throws, one has an error_code to fill.
 *
 * Sources: ISO/IEC 14882:2020, [filesystems]; mkdtemp(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./temporary_directory"
 * stdout = """
 * where: /tmp
 * made, for nobody else: yes
 * below it: a a/b a/b/c.txt link
 * size of c.txt: 5, of what the link leads to: 5
 * relative: a/b/c.txt, without its ending: c, joined with an absolute path: /etc
 * removed by hand: No such file or directory
 * after the exception it is gone: yes
 * with TMPDIR: /dev
 * """
 * [/lkmc]
 */
#include "yes.h"
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace fs = std::filesystem;

class TemporaryDirectory {
	fs::path directory;

public:
	TemporaryDirectory()
	{
		std::string name = fs::temp_directory_path() / "lkmc.XXXXXX";

		if (!mkdtemp(name.data()))
			throw std::system_error(errno, std::generic_category(), name);
		directory = name;
	}
	TemporaryDirectory(const TemporaryDirectory &) = delete;
	~TemporaryDirectory()
	{
		std::error_code ignored;

		/* A destructor must not throw. */
		fs::remove_all(directory, ignored);
	}
	const fs::path &path() const
	{
		return directory;
	}
};

static void use(fs::path &where)
{
	TemporaryDirectory temporary;
	const fs::path &root = where = temporary.path();
	std::vector<std::string> names;
	std::error_code error;

	std::cout << "made, for nobody else: " << yes(fs::status(root).permissions() == fs::perms::owner_all) << '\n';
	fs::create_directories(root / "a/b");
	std::ofstream(root / "a/b/c.txt") << "text\n";
	fs::create_symlink("a/b/c.txt", root / "link");
	for (const auto &entry : fs::recursive_directory_iterator(root))
		names.push_back(entry.path().lexically_relative(root));
	std::ranges::sort(names);
	std::cout << "below it:";
	for (const std::string &name : names)
		std::cout << ' ' << name;
	std::cout << "\nsize of c.txt: " << fs::file_size(root / "a/b/c.txt")
		  << ", of what the link leads to: " << fs::file_size(root / "link")
		  << "\nrelative: " << fs::canonical(root / "link").lexically_relative(fs::canonical(root)).string()
		  << ", without its ending: " << fs::path("a/b/c.txt").stem().string()
		  << ", joined with an absolute path: " << (root / "/etc").string() << '\n';
	fs::remove(root / "a/b/c.txt");
	(void)fs::file_size(root / "a/b/c.txt", error);
	std::cout << "removed by hand: " << error.message() << '\n';
	throw std::runtime_error("in the middle");
}

int main()
{
	fs::path where;

	std::cout << "where: " << fs::temp_directory_path().string() << '\n';
	try {
		use(where);
	} catch (const std::runtime_error &) {
		std::cout << "after the exception it is gone: " << yes(!fs::exists(where)) << '\n';
	}
	setenv("TMPDIR", "/dev", 1);
	std::cout << "with TMPDIR: " << fs::temp_directory_path().string() << '\n';
}
