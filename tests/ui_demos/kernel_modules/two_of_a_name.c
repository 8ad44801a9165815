// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * companion = ["../userland/helper.c", "helper.c"]
 * tree-modules = ["drivers/misc/two-of-a-name.ko"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * [/lkmc]
 */
#include <linux/module.h>
