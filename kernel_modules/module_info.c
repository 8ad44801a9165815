// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write a few words about the module into its file, and read them from both sides.
 *
 * MODULE_LICENSE(), MODULE_DESCRIPTION(), MODULE_VERSION() and so on all do the same: they put a
 * string "tag=value" into the section .modinfo of the .ko file. MODULE_INFO() does so for a tag of
 * one's own. modinfo reads that section without loading anything. A few of the tags mean something
 * to the kernel too, such as licence, version and vermagic (vermagic.c). `alias` and `depends` are
 * for depmod and modprobe (dep2.c), `parm` for modinfo: the kernel itself looks for symbols, and has
 * the parameters in a table.
 *
 * What to notice:
 * - THIS_MODULE points to the struct module by which the kernel knows this module. Its name comes
 *   from the name of the file, its version from MODULE_VERSION().
 * - A module with a version also gets a srcversion, a checksum over its sources, so that two
 *   builds of "1.0" can be told apart. Both appear in /sys/module/module_info/.
 * - The tag `asdf` is only in the file: the kernel ignores tags that it does not know.
 *
 * Sources: include/linux/module.h, include/linux/moduleparam.h (__MODULE_INFO).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod module_info.ko
 * cat /sys/module/module_info/version
 * cat /sys/module/module_info/srcversion
 * rmmod module_info
 * """
 * stdout = "1.0\n{word}\n"
 * dmesg = ["name = module_info", "version = 1.0"]
 *
 * [[lkmc.run]]
 * name = "without loading it"
 * guest = """
 * modinfo -F description module_info.ko
 * modinfo -F license module_info.ko
 * modinfo -F version module_info.ko
 * strings module_info.ko | grep '^asdf='
 * """
 * stdout = "Says who it is\nGPL\n1.0\nasdf=qwer\n"
 * dmesg-not = ["name = module_info"]
 * [/lkmc]
 */

#include <linux/module.h>

static int __init module_info_init(void)
{
	pr_info("name = %s\n", THIS_MODULE->name);
	pr_info("version = %s\n", THIS_MODULE->version);
	return 0;
}

/* A module with an init but without an exit function could not be unloaded, so there is one. */
static void __exit module_info_exit(void)
{
}

module_init(module_info_init);
module_exit(module_info_exit);
MODULE_INFO(asdf, "qwer");
MODULE_VERSION("1.0");
MODULE_DESCRIPTION("Says who it is");
MODULE_LICENSE("GPL");
