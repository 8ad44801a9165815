// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * kconfig = ["KPROBES", "CONFIG_UIO=m", "kasan=y", "PREEMPT=yes"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * [/lkmc]
 */
#include <linux/module.h>
