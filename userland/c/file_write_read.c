// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a file, append to it, change it in the middle, and read it back, with the streams of standard C.
 *
 *     "w"   from the beginning; what was there is gone
 *     "a"   every write goes to the end, wherever the position is
 *     "r+"  reading and writing what is there; between the two a call of fseek() or rewind() is obligatory
 *
 * A file is complete when fclose() has returned 0: until then the last part may be in a buffer, and a full disk shows only
 * there.
 *
 * Sources: C11, 7.21.5.3, 7.21.9, 7.21.10.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "works"
 * guest = "./file_write_read notes; cat notes"
 * stdout = """
 * after w:  [one two three]
 * after a:  [one two three four]
 * after r+: [one TWO three four]
 * 18 bytes
 * one TWO three four"""
 * [[lkmc.run]]
 * name = "no such directory"
 * guest = "./file_write_read nowhere/notes"
 * status = 1
 * stderr = "nowhere/notes: No such file or directory\n"
 * [[lkmc.run]]
 * name = "disk full"
 * guest = "./file_write_read /dev/full"
 * status = 1
 * stderr = "/dev/full: No space left on device\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>

static const char *name;

static void check(int works)
{
	if (!works) {
		perror(name);
		exit(EXIT_FAILURE);
	}
}

static void show(const char *when)
{
	char text[100];
	FILE *file = fopen(name, "r");
	size_t length;

	check(file != NULL);
	length = fread(text, 1, sizeof text, file);
	check(!ferror(file));
	fclose(file);
	printf("after %-3s [%.*s]\n", when, (int)length, text);
}

static void write_at(const char *mode, long position, const char *text)
{
	FILE *file = fopen(name, mode);

	check(file != NULL);
	check(!fseek(file, position, SEEK_SET));
	check(fputs(text, file) != EOF);
	check(!fclose(file));
}

int main(int argc, char **argv)
{
	FILE *file;

	name = argc > 1 ? argv[1] : "file_write_read.tmp";
	write_at("w", 0, "one two three");
	show("w:");
	/* In this mode the position is for reading only. */
	write_at("a", 0, " four");
	show("a:");
	write_at("r+", 4, "TWO");
	show("r+:");

	file = fopen(name, "r");
	check(file != NULL);
	check(!fseek(file, 0, SEEK_END));
	printf("%ld bytes\n", ftell(file));
	fclose(file);
	return EXIT_SUCCESS;
}
