/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command that io_uring.c understands in a submission of type IORING_OP_URING_CMD. */
#ifndef LKMC_IO_URING_H
#define LKMC_IO_URING_H

#include <linux/ioctl.h>
#include <linux/types.h>

/* Lies in the `cmd` field of the submission itself: at most 16 bytes. */
struct lkmc_io_uring_sum {
	__s32 left;
	__s32 right;
};

/* The result of the completion is the sum of both. */
#define LKMC_IO_URING_SUM _IOW(0xbe, 0, struct lkmc_io_uring_sum)

#endif
