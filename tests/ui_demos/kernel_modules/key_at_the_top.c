// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * arches = ["arm"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 *
 * [machine]
 * cpus = 2
 * [/lkmc]
 */
#include <linux/module.h>
