// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 *
 * [[lkmc.skip]]
 * reason = "Does not work."
 *
 * [[lkmc.skip]]
 * arch = "arm"
 * reason = ""
 * [/lkmc]
 */
#include <linux/module.h>
