// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * stdout = """
 * {deec} apples
 * {hex:addr
 * """
 * dmesg = ["{word:}", "{ any } brace {is} text"]
 * [/lkmc]
 */
#include <linux/module.h>
