// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Remove a kernel module with one system call: what rmmod(8) does.
 *
 * delete_module(2) takes the module's name, not a file's. The kernel refuses while the module is
 * in use (EWOULDBLOCK), calls the module's exit function, and frees its memory. There is no way
 * to remove a module that has no exit function but has an init function.
 *
 * Removing a module that is not there fails with ENOENT.
 *
 * Sources: delete_module(2).
 *
 * [lkmc]
 * modules = ["../../kernel_modules/hello.c"]
 *
 * [[lkmc.run]]
 * guest = '''
 * insmod hello.ko
 * ./myrmmod hello
 * ./myrmmod hello
 * '''
 * stderr = "./myrmmod: hello: No such file or directory\n"
 * status = 1
 * dmesg = ["hello init", "hello cleanup"]
 * [/lkmc]
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: %s NAME\n", argv[0]);
		return 2;
	}
	/* O_NONBLOCK: fail at once if the module is in use. */
	if (syscall(SYS_delete_module, argv[1], O_NONBLOCK)) {
		fprintf(stderr, "%s: %s: %m\n", argv[0], argv[1]);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
