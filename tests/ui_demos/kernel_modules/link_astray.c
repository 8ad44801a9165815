// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod link_astray.ko"
 * [/lkmc]
 */
#include "link.h"
#include <linux/module.h>
