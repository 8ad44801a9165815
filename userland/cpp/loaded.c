// SPDX-License-Identifier: GPL-2.0-or-later
/* For empty.cpp: compare how much of two programs is loaded. All else in their files, as what a debugger reads, does not count. */
#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>

struct loaded {
	size_t from_file, in_memory;
};

static struct loaded loaded(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct loaded sum = { 0, 0 };
	ElfW(Ehdr) header;
	ElfW(Phdr) segment;

	if (!file || fread(&header, sizeof header, 1, file) != 1 || fseek(file, (long)header.e_phoff, SEEK_SET)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < header.e_phnum; i++)
		if (fread(&segment, sizeof segment, 1, file) == 1 && segment.p_type == PT_LOAD) {
			sum.from_file += segment.p_filesz;
			sum.in_memory += segment.p_memsz;
		}
	fclose(file);
	return sum;
}

int main(int argc, char **argv)
{
	struct loaded one, other;

	if (argc != 3)
		return 2;
	one = loaded(argv[1]);
	other = loaded(argv[2]);
	if (one.from_file == other.from_file && one.in_memory == other.in_memory)
		printf("%s: as much is loaded as of %s\n", argv[1], argv[2]);
	else
		printf("%s: %s is loaded than of %s\n", argv[1], one.in_memory > other.in_memory ? "more" : "less", argv[2]);
	return EXIT_SUCCESS;
}
