// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print which kernel the module was built for, and which one it was loaded into.
 *
 * A module is not portable: the layout of every structure that it shares with the kernel depends
 * on the kernel's version and configuration. The build therefore leaves a fingerprint in each
 * module, the vermagic string: the release, and the few options that change the most. The kernel
 * compares it with its own while loading and refuses a module whose string differs
 * (vermagic_fail.c).
 *
 * What to notice:
 * - The first word is the release that `uname -r` prints. SMP: for several processors. mod_unload:
 *   modules may be unloaded. modversions would mean that symbols carry checksums, which is the
 *   finer test: then the release is not compared, but each symbol is. Architectures append their
 *   own words.
 * - Not every option is in it. A module may load and still be wrong; that is why lkmc builds each
 *   module against exactly the kernel that it runs.
 * - utsname() is what uname(2) prints, of the UTS namespace of the process that is running: of
 *   insmod, here. init_utsname() would be that of the first namespace.
 * - Modules are not supposed to read the string (VERMAGIC_STRING is meant for the loader, so its
 *   header demands INCLUDE_VERMAGIC); a demo about it may.
 *
 * Sources: include/linux/vermagic.h; kernel/module/version.c, same_magic().
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod vermagic.ko
 * rmmod vermagic
 * modinfo -F vermagic vermagic.ko
 * uname -r
 * """
 * stdout = "{word:release} SMP {any}mod_unload {any}\n{word:release}\n"
 * dmesg = [
 *     'VERMAGIC_STRING = "{word:release} SMP {any}mod_unload {any}"',
 *     "sysname = Linux",
 *     "nodename = {word}",
 *     "release = {word:release}",
 *     "version = #1 SMP {any}",
 *     "machine = {word}",
 *     "domainname = (none)",
 * ]
 * [/lkmc]
 */

#define INCLUDE_VERMAGIC
#include <linux/module.h>
#include <linux/utsname.h>
#include <linux/vermagic.h>

static int __init vermagic_init(void)
{
	const struct new_utsname *name = utsname();

	pr_info("VERMAGIC_STRING = \"%s\"\n", VERMAGIC_STRING);
	pr_info("sysname = %s\n", name->sysname);
	pr_info("nodename = %s\n", name->nodename);
	pr_info("release = %s\n", name->release);
	pr_info("version = %s\n", name->version);
	pr_info("machine = %s\n", name->machine);
	pr_info("domainname = %s\n", name->domainname);
	return 0;
}

static void __exit vermagic_exit(void)
{
}

module_init(vermagic_init);
module_exit(vermagic_exit);
MODULE_DESCRIPTION("Which kernel it is for, and which one it is in");
MODULE_LICENSE("GPL");
