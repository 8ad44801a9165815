// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Talk to programs in messages, over a socket instead of a file.
 *
 * Netlink is a family of sockets, like TCP, with the kernel at the other end. Messages have a
 * header (length, type, sequence number, sender) and any data behind it. Unlike ioctl, the kernel
 * can also send a message by itself, to one program or to all that listen; that is how `ip
 * monitor` or udev hear of new devices. Here each request is answered with the next number.
 *
 * What to notice:
 * - There is no file, so there are no names and no permissions of files: a protocol number says
 *   who is meant. There are 32, and no more to be had. New interfaces therefore use generic
 *   netlink, one of them, which finds families by their names; its messages are built from the
 *   same functions.
 * - The function `input` runs in the program's own call of sendmsg(2). It may sleep. Nobody else
 *   waits for it: requests of several programs are handled at the same time. The parameter
 *   gather=16 proves that: each request then waits, inside the kernel, until there are 16 of them.
 *   If they were handled one after the other, they would wait for ever (ten seconds, here). A wait
 *   that long must at least end when the program is killed, hence wait_event_killable_timeout().
 *   An ordinary signal does not end it: the request has been sent, and the program wants its answer.
 * - netlink_rcv_skb() takes one or more messages out of a packet and calls our function for each.
 *   If that returns an error, it is sent to the program in a message of type NLMSG_ERROR.
 * - portid is the sender's address. The answer repeats its sequence number, so that a program with
 *   several requests on the way knows which one is answered.
 *
 * Sources: kernel documentation, userspace-api/netlink; manual page netlink(7);
 * include/net/netlink.h.
 *
 * [lkmc]
 * kconfig = ["NET=y"]
 * companion = ["../userland/kernel_modules/netlink.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod netlink.ko
 * ./netlink
 * ./netlink
 * ./netlink 99 || true
 * rmmod netlink
 * ./netlink
 * """
 * status = 1
 * stdout = "0\n1\n"
 * stderr = "netlink: Operation not supported\nsocket: Protocol not supported\n"
 * dmesg = ["netlink: answered 0", "netlink: answered 1"]
 *
 * [[lkmc.run]]
 * name = "16 requests at the same time"
 * guest = """
 * insmod netlink.ko gather=16
 * for i in $(seq 16); do
 *     ./netlink &
 * done > /tmp/numbers
 * wait
 * sort -n /tmp/numbers | tr '\\n' ' '
 * echo
 * rmmod netlink
 * """
 * stdout = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 \n"
 * timeout = "30s"
 *
 * [[lkmc.run]]
 * name = "those who gave up are not counted"
 * guest = """
 * insmod netlink.ko gather=2 patience_ms=100
 * ./netlink || true
 * ./netlink || true
 * rmmod netlink
 * insmod netlink.ko gather=2 patience_ms=3600000
 * ./netlink &
 * until dmesg | tail -n 1 | grep -q 'netlink: 1 of 2'; do usleep 10000; done
 * kill -KILL $!
 * wait $! || true
 * { ./netlink & ./netlink; wait; } | sort
 * rmmod netlink
 * """
 * stdout = "0\n1\n"
 * stderr-has = ["netlink: Connection timed out", "netlink: Connection timed out"]
 * dmesg = [
 *     "netlink: 1 of 2 requests", "netlink: 1 of 2 requests",
 *     "netlink: 1 of 2 requests", "netlink: 1 of 2 requests", "netlink: 2 of 2 requests",
 * ]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/atomic.h>
#include <linux/module.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "netlink.h"

static unsigned int gather = 1;
module_param(gather, uint, 0444);
MODULE_PARM_DESC(gather, "how many requests must be there before the first is answered");

static unsigned int patience_ms = 10000;
module_param(patience_ms, uint, 0444);
MODULE_PARM_DESC(patience_ms, "how many milliseconds a request waits for others");

static struct sock *kernel_socket;
static atomic_t arrived = ATOMIC_INIT(0);
static atomic_t next_number = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(gathered);

static int netlink_wait_for_others(void)
{
	unsigned int number = atomic_inc_return(&arrived);
	long left;

	pr_info("%u of %u requests\n", number, gather);
	if (number >= gather)
		wake_up_all(&gathered);
	left = wait_event_killable_timeout(gathered, atomic_read(&arrived) >= gather,
					   msecs_to_jiffies(patience_ms));
	if (left > 0)
		return 0;
	/* Timed out or killed: the others must wait for somebody else. */
	atomic_dec(&arrived);
	return left ? -EINTR : -ETIMEDOUT;
}

static int netlink_answer(u32 port, u32 sequence)
{
	struct sk_buff *answer = nlmsg_new(sizeof(u32), GFP_KERNEL);
	struct nlmsghdr *header;
	u32 number;

	if (!answer)
		return -ENOMEM;
	header = nlmsg_put(answer, 0, sequence, LKMC_NETLINK_NEXT, sizeof(u32), 0);
	if (!header) {
		nlmsg_free(answer);
		return -EMSGSIZE;
	}
	number = atomic_fetch_inc(&next_number);
	memcpy(nlmsg_data(header), &number, sizeof(number));
	pr_info("answered %u\n", number);
	/* This takes the buffer over, whether it succeeds or not. */
	return nlmsg_unicast(kernel_socket, answer, port);
}

static int netlink_request(struct sk_buff *packet, struct nlmsghdr *header,
			   struct netlink_ext_ack *ack)
{
	int error;

	if (header->nlmsg_type != LKMC_NETLINK_NEXT)
		return -EOPNOTSUPP;
	error = netlink_wait_for_others();
	if (error)
		return error;
	return netlink_answer(NETLINK_CB(packet).portid, header->nlmsg_seq);
}

static void netlink_input(struct sk_buff *packet)
{
	netlink_rcv_skb(packet, netlink_request);
}

static int __init lkmc_netlink_init(void)
{
	struct netlink_kernel_cfg config = {
		.input = netlink_input,
	};

	kernel_socket = netlink_kernel_create(&init_net, LKMC_NETLINK_PROTOCOL, &config);
	return kernel_socket ? 0 : -EBUSY;
}

static void __exit lkmc_netlink_exit(void)
{
	netlink_kernel_release(kernel_socket);
}

module_init(lkmc_netlink_init);
module_exit(lkmc_netlink_exit);
MODULE_DESCRIPTION("Messages over a socket to the kernel");
MODULE_LICENSE("GPL");
