// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a temporary file that never has a name, and then give it one.
 *
 * open(2) with O_TMPFILE takes a directory and makes a file in its file system, but not in the
 * directory: nobody else can find it, and it is gone when it is closed, even after a crash. There
 * is no name to guess and nothing to clean up. When the contents are complete, linkat(2) can
 * enter it into a directory, by way of its entry in /proc/self/fd. So readers see the whole file,
 * or none.
 *
 * Sources: open(2), linkat(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * mkdir /tmp/here
 * ./open_o_tmpfile /tmp/here
 * cat /tmp/here/finished
 * '''
 * stdout = """
 * links: 0, entries in the directory: 0
 * links: 1, entries in the directory: 1
 * the whole contents
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void describe(int file, const char *directory)
{
	DIR *entries = opendir(directory);
	struct dirent *entry;
	struct stat stat;
	int count = 0;

	if (!entries || fstat(file, &stat))
		die(directory);
	while ((entry = readdir(entries)))
		count += entry->d_name[0] != '.';
	closedir(entries);
	printf("links: %lu, entries in the directory: %d\n", (unsigned long)stat.st_nlink, count);
}

int main(int argc, char **argv)
{
	static const char contents[] = "the whole contents\n";
	const char *directory = argc > 1 ? argv[1] : "/tmp";
	char link[64], name[4096];
	int file = open(directory, O_TMPFILE | O_RDWR, 0644);

	if (file < 0)
		die(directory);
	if (write(file, contents, strlen(contents)) != (ssize_t)strlen(contents))
		die("write");
	describe(file, directory);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
	snprintf(name, sizeof(name), "%s/finished", directory);
	if (linkat(AT_FDCWD, link, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
		die("linkat");
	describe(file, directory);
	close(file);
	return EXIT_SUCCESS;
}
