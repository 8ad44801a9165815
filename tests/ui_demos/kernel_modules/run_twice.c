// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "a"
 * guest = "true"
 *
 * [[lkmc.run]]
 * name = "a"
 * arches = ["arm"]
 * guest = "false"
 * [/lkmc]
 */
#include <linux/module.h>
