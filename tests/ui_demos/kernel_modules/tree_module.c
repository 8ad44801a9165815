// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * tree-modules = ["dummy-irq", "/drivers/misc/dummy-irq.ko"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * [/lkmc]
 */
#include <linux/module.h>
