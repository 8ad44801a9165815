// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pretend to have been built for another kernel, and be refused.
 *
 * MODULE_INFO(vermagic, ...) writes a fingerprint of our own into the module, before the true one
 * that the build appends (vermagic.c explains it). The kernel reads the first that it finds, sees
 * that it is not its own, and gives insmod the error ENOEXEC without running a single instruction
 * of the module.
 *
 * What to notice:
 * - insmod can only say "invalid module format", which is all that the error number (8, its exit
 *   status) tells it. The reason is in the kernel's log: whenever insmod fails, look there.
 * - This is what you see in real life after updating the kernel and not rebuilding a module.
 * - A kernel with CONFIG_MODULE_FORCE_LOAD lets `modprobe --force` ignore the string. That is no
 *   solution: with the wrong structures the module would then corrupt memory.
 *
 * Sources: kernel/module/main.c, check_modinfo(); include/linux/vermagic.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod vermagic_fail.ko"
 * status = 8
 * stderr = "insmod: can't insert 'vermagic_fail.ko': invalid module format\n"
 * dmesg = ["vermagic_fail: version magic 'asdfqwer' should be '{word} SMP {any}mod_unload {any}'"]
 * dmesg-not = ["never printed"]
 * [/lkmc]
 */

#include <linux/module.h>

static int __init vermagic_fail_init(void)
{
	pr_info("never printed\n");
	return 0;
}

static void __exit vermagic_fail_exit(void)
{
}

module_init(vermagic_fail_init);
module_exit(vermagic_fail_exit);
MODULE_INFO(vermagic, "asdfqwer");
MODULE_DESCRIPTION("Not for this kernel");
MODULE_LICENSE("GPL");
