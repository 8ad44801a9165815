// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * stdout = """
 * at {hex:here}
 * at {hex:there}
 * """
 * dmesg = ["at {hex:there}"]
 * [/lkmc]
 */
#include <linux/module.h>
