// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * archs = ["arm"]
 * kconfigs = []
 *
 * [[lkmc.run]]
 * guets = "insmod it.ko"
 * guest = "insmod it.ko"
 * stdout_has = ["a"]
 * [/lkmc]
 */
#include <linux/module.h>
