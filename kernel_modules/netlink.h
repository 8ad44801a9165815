/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What netlink.c and programs agree on. */
#ifndef LKMC_NETLINK_H
#define LKMC_NETLINK_H

/* One of the 32 protocols of netlink; the last one is used by nothing else. */
#define LKMC_NETLINK_PROTOCOL 31

/* Types of messages; those below 16 (NLMSG_MIN_TYPE) are netlink's own. */
#define LKMC_NETLINK_NEXT 16	/* request: no data. answer: a __u32 that grows by one each time */

#endif
