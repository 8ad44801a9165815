// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * companion = ["../../gdb.rs"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * [/lkmc]
 */
#include <linux/module.h>
