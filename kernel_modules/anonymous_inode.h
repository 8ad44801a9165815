/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The request that anonymous_inode.c understands. */
#ifndef LKMC_ANONYMOUS_INODE_H
#define LKMC_ANONYMOUS_INODE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Returns a new file descriptor, whose reads count on from the number. */
#define LKMC_ANONYMOUS_INODE_COUNTER _IOW(0xbd, 0, __u32)

#endif
