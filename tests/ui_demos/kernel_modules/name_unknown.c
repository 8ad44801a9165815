// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Show something.
 *
 * [lkmc]
 * arches = ["x86-64", "riscv"]
 *
 * [[lkmc.run]]
 * guest = "insmod it.ko"
 * verdict = "paniced"
 *
 * [[lkmc.skip]]
 * kernel = "6.11"
 * emulator = "qemux"
 * reason = "Why."
 * [/lkmc]
 */
#include <linux/module.h>
