// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * arches = ["x86_64"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * arches = ["arm", "x86_64"]
 * [/lkmc]
 */
#include <linux/module.h>
