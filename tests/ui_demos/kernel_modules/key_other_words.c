// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * cmd = "insmod it.ko"
 * exit-code = 1
 * smp = 2
 * name = "x"
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * [/lkmc]
 */
#include <linux/module.h>
