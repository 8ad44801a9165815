// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send a netlink message to the kernel and print the answer: companion of kernel_modules/netlink.c.
 *
 * Usage: netlink [TYPE]
 */

#include <errno.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../kernel_modules/netlink.h"

/* The largest message that we expect: an error repeats the request that it is about. */
union answer {
	struct nlmsghdr header;
	char bytes[256];
};

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void request(int fd, int type)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct nlmsghdr header = {
		.nlmsg_len = NLMSG_LENGTH(0),
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = 1,
	};

	if (sendto(fd, &header, header.nlmsg_len, 0, (struct sockaddr *)&kernel,
		   sizeof(kernel)) < 0)
		fail("sendto");
}

int main(int argc, char **argv)
{
	union answer answer;
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW, LKMC_NETLINK_PROTOCOL);
	if (fd < 0)
		fail("socket");
	request(fd, argc > 1 ? atoi(argv[1]) : LKMC_NETLINK_NEXT);
	if (recv(fd, &answer, sizeof(answer), 0) < 0)
		fail("recv");
	if (answer.header.nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(&answer.header);

		errno = -error->error;
		fail("netlink");
	}
	printf("%u\n", *(const __u32 *)NLMSG_DATA(&answer.header));
	return EXIT_SUCCESS;
}
