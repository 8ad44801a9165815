// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * stdout = "no end
 * [/lkmc]
 */
#include <linux/module.h>
