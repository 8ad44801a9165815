// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "cat /sys/*/name"
 * [/lkmc]
 */
int x;
