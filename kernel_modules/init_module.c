// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Use the names that the kernel really looks for: init_module() and cleanup_module().
 *
 * Until Linux 2.3 every module had two functions of exactly these names. They work to this day,
 * because module_init(hello_init) in hello.c does nothing but make init_module another name for
 * hello_init. When a .ko file is built, modpost generates a little C file beside it (NAME.mod.c)
 * that puts the addresses of init_module and cleanup_module into the module's struct module, and
 * those are what the kernel calls.
 *
 * What to notice:
 * - Neither function is static: the generated file has to see them. include/linux/module.h
 *   declares them.
 * - New code uses module_init() and module_exit(). They allow descriptive names, which tell
 *   modules apart in a stack trace or a debugger, and the same source also works when it is built
 *   into the kernel, where module_init() means "call this while booting" instead.
 * - readelf shows the two names in any module: try `readelf -s hello.ko` and look for two names
 *   with one address.
 *
 * Sources: include/linux/module.h; scripts/mod/modpost.c, add_header().
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod init_module.ko
 * grep 'cleanup_module.*init_module' /proc/kallsyms | cut -d ' ' -f 2-
 * rmmod init_module
 * """
 * stdout = "t cleanup_module\t[init_module]\n"
 * dmesg = ["init_module", "cleanup_module"]
 * [/lkmc]
 */

#include <linux/module.h>

int init_module(void)
{
	pr_info("init_module\n");
	return 0;
}

void cleanup_module(void)
{
	pr_info("cleanup_module\n");
}

MODULE_DESCRIPTION("The names behind module_init() and module_exit()");
MODULE_LICENSE("GPL");
