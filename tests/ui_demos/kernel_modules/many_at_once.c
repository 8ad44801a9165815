// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * kconfig = ["KPROBES"]
 * companion = ["gone.c"]
 * machine.cpu = 2
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * dmesg = ["{dek}"]
 * timeout = "1 minute"
 *
 * [[lkmc.skip]]
 * arch = "arm"
 * [/lkmc]
 */
#include <linux/module.h>
