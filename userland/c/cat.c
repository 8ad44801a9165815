// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copy files, or standard input, to standard output, byte by byte the same: cat in standard C.
 *
 * The size of a file is not asked: files of /proc say 0 and have contents, a pipe has no size at all. fread() is called
 * until it has nothing more, and only then feof() and ferror() tell why. One file that cannot be read does not keep the
 * others from being copied, but the status says that something was missing.
 *
 * Sources: C11, 7.21.8.1, 7.21.10; cat in POSIX.1-2017, "Consequences of errors".
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "files"
 * guest = '''
 * printf 'first, without a line break; ' > first
 * printf 'second\n' > second
 * ./cat first second /proc/sys/kernel/ostype
 * '''
 * stdout = """
 * first, without a line break; second
 * Linux
 * """
 * [[lkmc.run]]
 * name = "any bytes"
 * guest = '''
 * head -c 100000 /dev/urandom > bytes
 * ./cat < bytes | cmp - bytes && echo the same
 * '''
 * stdout = "the same\n"
 * [[lkmc.run]]
 * name = "one is missing"
 * guest = "echo here > here; ./cat missing here ."
 * status = 1
 * stdout = "here\n"
 * stderr = """
 * cat: missing: No such file or directory
 * cat: .: Is a directory
 * """
 * [/lkmc]
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool complain(const char *name)
{
	fprintf(stderr, "cat: %s: %s\n", name, strerror(errno));
	return false;
}

static bool copy(FILE *from, const char *name)
{
	char buffer[4096];
	size_t length;

	while ((length = fread(buffer, 1, sizeof buffer, from)) > 0)
		if (fwrite(buffer, 1, length, stdout) != length)
			return complain("standard output");
	return ferror(from) ? complain(name) : true;
}

static bool copy_file(const char *name)
{
	FILE *file = fopen(name, "rb");
	bool copied;

	if (!file)
		return complain(name);
	copied = copy(file, name);
	fclose(file);
	return copied;
}

int main(int argc, char **argv)
{
	bool all = true;

	if (argc == 1)
		all = copy(stdin, "standard input");
	for (int i = 1; i < argc; i++)
		all &= copy_file(argv[i]);
	if (fflush(stdout) == EOF)
		all = complain("standard output");
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
