// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod blank_header.ko"
 * [/lkmc]
 */
#include <linux/module.h>
#include "two words.h"
