// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "nothing"
 *
 * [[lkmc.skip]]
 * arch = "arm"
 * [/lkmc]
 */
#include <linux/module.h>
