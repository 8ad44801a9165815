// SPDX-License-Identifier: GPL-2.0-or-later
// Show something.
// [lkmc]
// [[lkmc.run]]
// guest = "true"
// [/lkmc]

// [lkmc]
// [/lkmc]
