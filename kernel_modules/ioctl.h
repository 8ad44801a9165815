/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What ioctl.c and programs agree on: the numbers of the requests, and what is passed with them. */
#ifndef LKMC_IOCTL_H
#define LKMC_IOCTL_H

#include <linux/ioctl.h>
#include <linux/types.h>

struct lkmc_ioctl_pair {
	__s32 up;
	__s32 down;
};

#define LKMC_IOCTL_TYPE 0xbc
/* Adds 1 to the integer. */
#define LKMC_IOCTL_INC _IOWR(LKMC_IOCTL_TYPE, 0, __s32)
/* Adds 1 to `up` and takes 1 from `down`. */
#define LKMC_IOCTL_INC_DEC _IOWR(LKMC_IOCTL_TYPE, 1, struct lkmc_ioctl_pair)

#endif
