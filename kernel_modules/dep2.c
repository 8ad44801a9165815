// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use a variable of another module, and have that one loaded when needed.
 *
 * The source only includes a header that declares lkmc_dep; where it is, the kernel finds out when
 * it loads the module (dep.c). With insmod the order is up to the user. modprobe takes care of it:
 * it is given a name instead of a file, finds the file in /lib/modules/$(uname -r)/, and loads
 * first what that module depends on.
 *
 * What to notice:
 * - The build writes `depends=dep` into dep2.ko. depmod collects these lines of all modules in a
 *   file modules.dep, where modprobe looks. A system runs depmod when modules are installed.
 * - `modprobe -r dep2` removes dep too, because nothing uses it any more.
 *
 * Sources: kernel documentation, kbuild/modules; manual pages depmod(8), modprobe(8).
 *
 * [lkmc]
 * modules = ["dep.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * cp dep.ko dep2.ko /lib/modules/$(uname -r)/
 * depmod
 * modprobe dep2
 * cut -d ' ' -f 1 /proc/modules
 * modprobe -r dep2
 * cut -d ' ' -f 1 /proc/modules
 * """
 * stdout = "dep2\ndep\n"
 * dmesg = ["42"]
 *
 * [[lkmc.run]]
 * name = "written in the file"
 * guest = "modinfo -F depends dep2.ko"
 * stdout = "dep\n"
 * [/lkmc]
 */

#include <linux/module.h>

#include "dep.h"

static int __init dep2_init(void)
{
	pr_info("%d\n", lkmc_dep);
	return 0;
}

static void __exit dep2_exit(void)
{
}

module_init(dep2_init);
module_exit(dep2_exit);
MODULE_DESCRIPTION("Uses a symbol of another module");
MODULE_LICENSE("GPL");
