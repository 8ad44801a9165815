// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Offer a symbol to other modules, and be kept in memory by whoever uses it.
 *
 * EXPORT_SYMBOL_GPL() puts the address of lkmc_dep into a table of the module. When the kernel
 * loads dep2.ko, which mentions lkmc_dep without defining it, it looks the name up in the tables
 * of the kernel and of all loaded modules. Therefore dep has to be there before dep2: loading is
 * all the linking there is.
 *
 * What to notice:
 * - dep2 without dep fails with "Unknown symbol"; nothing of it has run.
 * - As long as dep2 is loaded, dep has a user (the third column of lsmod; the fourth names it) and
 *   rmmod refuses to remove it.
 * - /proc/kallsyms then lists lkmc_dep, the entry of the table, __ksymtab_lkmc_dep, and the name
 *   and the name space that the entry points to. (Variables are listed thanks to
 *   CONFIG_KALLSYMS_ALL.)
 * - EXPORT_SYMBOL() offers a symbol to every module, EXPORT_SYMBOL_GPL() to those with a
 *   GPL-compatible licence only.
 *
 * Both demos are built together: modpost has to know dep's symbols to write `depends: dep` into
 * dep2.ko, where modprobe and depmod find it. dep2.c shows that.
 *
 * Sources: include/linux/export.h; kernel documentation, kbuild/modules ("Module versioning").
 *
 * [lkmc]
 * kconfig = ["KALLSYMS_ALL=y"]
 * modules = ["dep2.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod dep.ko
 * grep 'lkmc_dep' /proc/kallsyms | cut -d ' ' -f 3 | sort
 * insmod dep2.ko
 * cut -d ' ' -f 1,3,4 /proc/modules
 * rmmod dep2
 * rmmod dep
 * """
 * stdout = """
 * __kstrtab_lkmc_dep	[dep]
 * __kstrtabns_lkmc_dep	[dep]
 * __ksymtab_lkmc_dep	[dep]
 * lkmc_dep	[dep]
 * dep2 0 -
 * dep 1 dep2,
 * """
 * dmesg = ["42"]
 *
 * [[lkmc.run]]
 * name = "dep2 before dep"
 * guest = "insmod dep2.ko"
 * status = 2
 * stderr = "insmod: can't insert 'dep2.ko': unknown symbol in module, or unknown parameter\n"
 * dmesg = ["dep2: Unknown symbol lkmc_dep (err -2)"]
 *
 * [[lkmc.run]]
 * name = "dep is in use"
 * guest = """
 * insmod dep.ko
 * insmod dep2.ko
 * rmmod dep || true
 * cut -d ' ' -f 1 /proc/modules
 * """
 * stdout = "dep2\ndep\n"
 * stderr = "rmmod: {any}'dep': Resource temporarily unavailable\n"
 * [/lkmc]
 */

#include <linux/module.h>

#include "dep.h"

int lkmc_dep = 42;
EXPORT_SYMBOL_GPL(lkmc_dep);

static int __init dep_init(void)
{
	return 0;
}

static void __exit dep_exit(void)
{
}

module_init(dep_init);
module_exit(dep_exit);
MODULE_DESCRIPTION("Offers a symbol to other modules");
MODULE_LICENSE("GPL");
