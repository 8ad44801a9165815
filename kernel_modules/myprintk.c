// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to the kernel's log at every level, and see which lines arrive where.
 *
 * Each line of the log has a level from 0 (the system is unusable) to 7 (only for debugging). All
 * lines go to a buffer in memory, which `dmesg` reads; those whose level is smaller than the
 * console's also go to the console at once. The console's level is the first number in
 * /proc/sys/kernel/printk; `dmesg -n LEVEL` or the kernel argument loglevel=LEVEL sets it, and
 * ignore_loglevel sends everything.
 *
 * What to notice:
 * - `dmesg -r` shows the level in front of each line: <0> emerg, <1> alert, <2> crit, <3> err, <4>
 *   warning, <5> notice, <6> info, <7> debug.
 * - pr_debug() is different from printk(KERN_DEBUG). With CONFIG_DYNAMIC_DEBUG each pr_debug() in
 *   the kernel is a switch, off at first, that costs a jump over it while it is off. Switches are
 *   set by module, file, function or line: echo 'module myprintk +p' >
 *   /sys/kernel/debug/dynamic_debug/control Reading that file lists them all, with =p for those
 *   that are on and =_ for those that are off. The switches of a module exist only while it is
 *   loaded, so for its init function the request is made by the parameter `dyndbg` at loading,
 *   which every module has without declaring it. Without CONFIG_DYNAMIC_DEBUG pr_debug() compiles
 *   to nothing, unless the file defines DEBUG.
 * - pr_cont() appends to the line before. Another processor may get in between, so it is for cases
 *   where the pieces cannot be put together first.
 * - pr_fmt() puts something in front of every line of a file. Defining it as KBUILD_MODNAME ": "
 *   fmt is the custom, and many of the other demos do so. It has to come before the first
 *   #include.
 *
 * Sources: include/linux/printk.h; kernel documentation, core-api/printk-basics and
 * admin-guide/dynamic-debug-howto.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y", "DYNAMIC_DEBUG=y"]
 *
 * [[lkmc.run]]
 * name = "all levels"
 * guest = """
 * insmod myprintk.ko
 * dmesg -r | grep -E '] (pr_|printk\\()' | sed 's/\\[.*] //'
 * rmmod myprintk
 * """
 * stdout = """
 * <0>pr_emerg
 * <1>pr_alert
 * <2>pr_crit
 * <3>pr_err
 * <4>pr_warn
 * <5>pr_notice
 * <6>pr_info
 * <7>printk(KERN_DEBUG)
 * <6>pr_info, and pr_cont
 * """
 * dmesg = [
 *     "pr_emerg", "pr_alert", "pr_crit", "pr_err", "pr_warn", "pr_notice", "pr_info",
 *     "pr_info, and pr_cont",
 * ]
 * dmesg-not = ["printk(KERN_DEBUG)", "pr_debug in init", "pr_debug in exit"]
 *
 * [[lkmc.run]]
 * name = "only errors on the console"
 * guest = """
 * dmesg -n 4
 * cat /proc/sys/kernel/printk
 * insmod myprintk.ko
 * dmesg -n 7
 * dmesg | grep -c 'pr_[wni]'
 * """
 * stdout = "4\t4\t1\t7\n4\n"
 * dmesg = ["pr_emerg", "pr_alert", "pr_crit", "pr_err"]
 * dmesg-not = ["pr_warn", "pr_notice", "pr_info", "pr_info, and pr_cont"]
 *
 * [[lkmc.run]]
 * name = "pr_debug from the start"
 * guest = """
 * insmod myprintk.ko dyndbg=+p
 * dmesg -r | sed -n 's/\\[.*\\] \\(pr_debug\\)/\\1/p'
 * """
 * stdout = "<7>pr_debug in init\n"
 *
 * [[lkmc.run]]
 * name = "pr_debug switched on later"
 * guest = """
 * control=/sys/kernel/debug/dynamic_debug/control
 * insmod myprintk.ko
 * sed -n '/myprintk_exit/s/.*:[0-9]* //p' $control
 * echo 'module myprintk +p' > $control
 * sed -n '/myprintk_exit/s/.*:[0-9]* //p' $control
 * rmmod myprintk
 * dmesg | sed -n 's/.*\\] \\(pr_debug\\)/\\1/p'
 * """
 * stdout = '''
 * [myprintk]myprintk_exit =_ "pr_debug in exit\n"
 * [myprintk]myprintk_exit =p "pr_debug in exit\n"
 * pr_debug in exit
 * '''
 * [/lkmc]
 */

#include <linux/module.h>

static int __init myprintk_init(void)
{
	pr_emerg("pr_emerg\n");
	pr_alert("pr_alert\n");
	pr_crit("pr_crit\n");
	pr_err("pr_err\n");
	pr_warn("pr_warn\n");
	pr_notice("pr_notice\n");
	pr_info("pr_info\n");
	printk(KERN_DEBUG "printk(KERN_DEBUG)\n");
	pr_debug("pr_debug in init\n");
	pr_info("pr_info,");
	pr_cont(" and pr_cont\n");
	return 0;
}

static void __exit myprintk_exit(void)
{
	pr_debug("pr_debug in exit\n");
}

module_init(myprintk_init);
module_exit(myprintk_exit);
MODULE_DESCRIPTION("Writes to the log at every level");
MODULE_LICENSE("GPL");
