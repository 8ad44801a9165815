// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * machine.memory = 512
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * timeout = 20
 * [/lkmc]
 */
#include <linux/module.h>
