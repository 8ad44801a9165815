// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * status = 300
 *
 * [lkmc.machine]
 * cpus = 0
 * [/lkmc]
 */
#include <linux/module.h>
