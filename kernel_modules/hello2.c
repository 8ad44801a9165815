// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Be loaded beside another module: each has its own memory, and they may come and go in any order.
 *
 * This module has the same static function as many others could have, greet(), and it does not
 * matter: a symbol of a module is visible to other modules only if it is exported (dep.c shows
 * how). What must be unique is the name of the module itself, which is the name of its file
 * without .ko: the kernel refuses to load a second one of that name.
 *
 * What to notice:
 * - /proc/modules (and `lsmod`, which reads it) lists the newest module first.
 * - hello goes before hello2 although it came first: nothing ties them together.
 * - /proc/kallsyms says behind each symbol of a module, in brackets, whose it is: code (t) of
 *   hello2.
 *
 * Sources: include/linux/module.h; kernel/module/procfs.c.
 *
 * [lkmc]
 * modules = ["hello.c"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod hello.ko
 * insmod hello2.ko
 * cut -d ' ' -f 1 /proc/modules
 * grep 'greet.*hello2' /proc/kallsyms | cut -d ' ' -f 2-
 * rmmod hello
 * rmmod hello2
 * """
 * stdout = "hello2\nhello\nt greet\t[hello2]\n"
 * dmesg = ["hello init", "hello2 init", "hello cleanup", "hello2 cleanup"]
 *
 * [[lkmc.run]]
 * name = "the same name twice"
 * guest = """
 * insmod hello2.ko
 * insmod hello2.ko
 * """
 * status = 17
 * stderr = "insmod: can't insert 'hello2.ko': File exists\n"
 * dmesg = ["hello2 init"]
 * [/lkmc]
 */

#include <linux/module.h>

/* noinline, or the compiler would leave no function to find in /proc/kallsyms. */
static noinline void greet(const char *what)
{
	pr_info("hello2 %s\n", what);
}

static int __init hello2_init(void)
{
	greet("init");
	return 0;
}

static void __exit hello2_exit(void)
{
	greet("cleanup");
}

module_init(hello2_init);
module_exit(hello2_exit);
MODULE_DESCRIPTION("Says hello beside another module");
MODULE_LICENSE("GPL");
