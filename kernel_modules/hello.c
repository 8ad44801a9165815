// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say something when the module comes, and something else when it goes: the smallest module.
 *
 * A module is a piece of the kernel that is added while the kernel runs. insmod hands the file
 * hello.ko to the kernel, which copies it to its own memory, fills in the addresses of the kernel
 * functions that it calls, and then calls the function named in module_init(). From then on the
 * code is as much part of the kernel as the scheduler: nothing separates the two, and a mistake
 * here can stop the whole machine. rmmod calls the function named in module_exit() and frees the
 * memory.
 *
 * What to notice:
 * - There is no main() and no thread of its own. insmod's own process enters the kernel and runs
 *   hello_init(); when that returns, insmod returns. Between the two functions nothing of this
 *   module runs, because nothing calls it.
 * - hello_init() returns 0 for success. Any negative error number (-ENOMEM, ...) makes insmod
 *   fail, and the module is removed at once.
 * - There is no printf() either: the C library lives in programs, not in the kernel. pr_info()
 *   writes a line to the kernel's log, which `dmesg` shows and which also goes to the console.
 * - __init puts hello_init() in memory that is given back as soon as it has run; __exit leaves
 *   hello_exit() out of kernels that cannot unload modules.
 * - The licence is not a formality: without a GPL-compatible one the kernel marks itself as
 *   tainted and keeps the symbols of EXPORT_SYMBOL_GPL() (dep.c) to itself.
 *
 * Next: hello2.c (two modules at once), params.c (tell a module something), myprintk.c (the log).
 *
 * Sources: include/linux/module.h; kernel documentation, kbuild/modules.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod hello.ko
 * rmmod hello
 * """
 * dmesg = ["hello init", "hello cleanup"]
 *
 * [[lkmc.run]]
 * name = "listed while it is loaded"
 * guest = """
 * insmod hello.ko
 * lsmod | grep -o '^hello '
 * ls -d /sys/module/hello
 * rmmod hello
 * if [ -e /sys/module/hello ]; then echo 'still there'; fi
 * """
 * stdout = "hello \n/sys/module/hello\n"
 * dmesg = ["hello init", "hello cleanup"]
 * [/lkmc]
 */

#include <linux/module.h>

static int __init hello_init(void)
{
	pr_info("hello init\n");
	return 0;
}

static void __exit hello_exit(void)
{
	pr_info("hello cleanup\n");
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_DESCRIPTION("Says hello, and says when it goes");
MODULE_LICENSE("GPL");
