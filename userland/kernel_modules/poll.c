// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait with poll(2) until a file can be read, and read it: companion of kernel_modules/poll.c.
 *
 * Usage: poll FILE TIMES [TIMEOUT_MS]
 */

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct pollfd file = { .events = POLLIN };
	int times, timeout;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: %s FILE TIMES [TIMEOUT_MS]\n", argv[0]);
		return 2;
	}
	times = atoi(argv[2]);
	timeout = argc > 3 ? atoi(argv[3]) : -1;
	file.fd = open(argv[1], O_RDONLY | O_NONBLOCK);
	if (file.fd < 0) {
		perror(argv[1]);
		return EXIT_FAILURE;
	}
	while (times--) {
		char buffer[1024];
		ssize_t n;
		int ready = poll(&file, 1, timeout);

		if (ready < 0) {
			perror("poll");
			return EXIT_FAILURE;
		}
		if (ready == 0) {
			puts("timeout");
			continue;
		}
		printf("revents = %d\n", file.revents);
		n = read(file.fd, buffer, sizeof(buffer));
		if (n < 0) {
			perror("read");
			return EXIT_FAILURE;
		}
		printf("POLLIN n=%zd buf=%.*s\n", n, (int)n, buffer);
	}
	return EXIT_SUCCESS;
}
