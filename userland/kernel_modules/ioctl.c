// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send a request with ioctl(2) and print what comes back: companion of kernel_modules/ioctl.c.
 *
 * Usage: ioctl FILE 0 [VALUE]       increment (without a value: pass a null pointer)
 *        ioctl FILE 1 VALUE VALUE   increment the one, decrement the other
 *        ioctl FILE N               a request that the module does not know
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "../../kernel_modules/ioctl.h"

static int increment(int fd, const char *text)
{
	__s32 value = text ? atoi(text) : 0;
	int result = ioctl(fd, LKMC_IOCTL_INC, text ? &value : NULL);

	if (result == 0)
		printf("%d\n", value);
	return result;
}

static int increment_decrement(int fd, const char *up, const char *down)
{
	struct lkmc_ioctl_pair pair = { .up = atoi(up), .down = atoi(down) };
	int result = ioctl(fd, LKMC_IOCTL_INC_DEC, &pair);

	if (result == 0)
		printf("%d %d\n", pair.up, pair.down);
	return result;
}

int main(int argc, char **argv)
{
	int fd, number, result;

	if (argc < 3) {
		fprintf(stderr, "usage: %s FILE REQUEST [VALUE [VALUE]]\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDONLY);
	if (fd < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	number = atoi(argv[2]);
	if (number == 0)
		result = increment(fd, argc > 3 ? argv[3] : NULL);
	else if (number == 1 && argc == 5)
		result = increment_decrement(fd, argv[3], argv[4]);
	else
		result = ioctl(fd, _IO(LKMC_IOCTL_TYPE, number), NULL);
	if (result < 0) {
		perror("ioctl");
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
