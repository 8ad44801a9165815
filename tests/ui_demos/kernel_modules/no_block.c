// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 */
#include <linux/module.h>
