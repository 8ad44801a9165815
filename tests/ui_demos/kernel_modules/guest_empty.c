// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = " "
 * [/lkmc]
 */
#include <linux/module.h>
