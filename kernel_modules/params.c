// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give a module values when it is loaded, and change them while it runs.
 *
 * module_param() makes a variable of the module settable. insmod passes everything behind the
 * file's name to the kernel as one string, `i=3 j=4`, and the kernel parses it before it calls the
 * init function. Each parameter also is a file in /sys/module/params/parameters/.
 *
 * What to notice:
 * - The last argument of module_param() is the mode of that file. 0600: root reads and writes it.
 *   0 would mean no file. There is no call into the module when the file is written; the variable
 *   has just changed, so read it afresh when it matters.
 * - The type (int) decides what is accepted: `i=asdf` makes insmod fail. An unknown name does not:
 *   it is only noted in the log, so that a parameter may be dropped without breaking people's
 *   scripts.
 * - MODULE_PARM_DESC() is for humans: modinfo prints it.
 * - modprobe, unlike insmod, also looks for lines like `options params i=12 j=34` in the files of
 *   /etc/modprobe.d/ whose names end in .conf, which is where a system keeps the parameters of its
 *   modules. For a module that is built into the kernel the same is written on the kernel's command
 *   line, as params.i=12.
 *
 * Sources: include/linux/moduleparam.h; kernel/params.c.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod params.ko
 * cat /sys/kernel/debug/lkmc_params
 * rmmod params
 * insmod params.ko i=3 j=4
 * cat /sys/kernel/debug/lkmc_params
 * echo 0x10 > /sys/module/params/parameters/i
 * cat /sys/module/params/parameters/i
 * cat /sys/kernel/debug/lkmc_params
 * rmmod params
 * """
 * stdout = "0 0\n3 4\n16\n16 4\n"
 *
 * [[lkmc.run]]
 * name = "described in the file"
 * guest = "modinfo -F parm params.ko | sort"
 * stdout = "i:my favorite int\nj:my second favorite int\n"
 *
 * [[lkmc.run]]
 * name = "a wrong value, and a wrong name"
 * guest = """
 * insmod params.ko k=1
 * rmmod params
 * insmod params.ko i=asdf
 * """
 * status = 22
 * stderr = "insmod: can't insert 'params.ko': Invalid argument\n"
 * dmesg = ["params: unknown parameter 'k' ignored", "params: `asdf' invalid for parameter `i'"]
 *
 * [[lkmc.run]]
 * name = "from modprobe's configuration"
 * guest = """
 * cp params.ko /lib/modules/$(uname -r)/
 * depmod
 * mkdir -p /etc/modprobe.d
 * echo 'options params i=12 j=34' > /etc/modprobe.d/params.conf
 * modprobe params
 * cat /sys/kernel/debug/lkmc_params
 * modprobe -r params
 * """
 * stdout = "12 34\n"
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

static int i;
module_param(i, int, 0600);
MODULE_PARM_DESC(i, "my favorite int");

static int j;
module_param(j, int, 0600);
MODULE_PARM_DESC(j, "my second favorite int");

static struct dentry *params_file;

static int params_show(struct seq_file *file, void *unused)
{
	seq_printf(file, "%d %d\n", i, j);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(params);

static int __init params_init(void)
{
	params_file = debugfs_create_file("lkmc_params", 0400, NULL, NULL, &params_fops);
	return 0;
}

static void __exit params_exit(void)
{
	debugfs_remove(params_file);
}

module_init(params_init);
module_exit(params_exit);
MODULE_DESCRIPTION("Two integers that whoever loads it chooses");
MODULE_LICENSE("GPL");
