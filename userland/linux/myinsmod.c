// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Insert a kernel module with nothing but system calls: what insmod(8) does.
 *
 * There are two calls. finit_module(2) takes an open file, so that the kernel knows where the
 * module comes from and may insist on signed or trusted files. init_module(2), the older one,
 * takes an image of it in memory. Both take the module's parameters as one string, and return
 * when the module's init function has: its error is theirs.
 *
 *     ./myinsmod FILE [PARAMETERS]        finit_module
 *     ./myinsmod -m FILE [PARAMETERS]     init_module
 *
 * Inserting the module a second time fails with EEXIST, "File exists".
 *
 * Sources: init_module(2).
 *
 * [lkmc]
 * modules = ["../../kernel_modules/hello.c"]
 * companion = ["myrmmod.c"]
 *
 * [[lkmc.run]]
 * guest = '''
 * ./myinsmod hello.ko
 * ./myrmmod hello
 * ./myinsmod -m hello.ko
 * ./myinsmod hello.ko
 * '''
 * stderr = "./myinsmod: hello.ko: File exists\n"
 * status = 1
 * dmesg = ["hello init", "hello cleanup", "hello init"]
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Inserts from memory; the file is mapped rather than read, which comes to the same. */
static long insert_image(int file, const char *parameters)
{
	struct stat stat;
	void *image;

	if (fstat(file, &stat))
		return -1;
	image = mmap(NULL, stat.st_size, PROT_READ, MAP_PRIVATE, file, 0);
	if (image == MAP_FAILED)
		return -1;
	return syscall(SYS_init_module, image, (unsigned long)stat.st_size, parameters);
}

int main(int argc, char **argv)
{
	int from_memory = argc > 1 && !strcmp(argv[1], "-m");
	const char *path = argv[1 + from_memory];
	const char *parameters;
	long result;
	int file;

	if (argc < 2 + from_memory) {
		fprintf(stderr, "usage: %s [-m] FILE [PARAMETERS]\n", argv[0]);
		return 2;
	}
	parameters = argc > 2 + from_memory ? argv[2 + from_memory] : "";
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		result = -1;
	else if (from_memory)
		result = insert_image(file, parameters);
	else
		result = syscall(SYS_finit_module, file, parameters, 0);
	if (result) {
		fprintf(stderr, "%s: %s: %m\n", argv[0], path);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
