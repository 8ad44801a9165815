// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compute with floating-point numbers in the kernel, and see whose registers that overwrites.
 *
 * The kernel normally does not touch the floating-point registers: they belong to the program that
 * is running, and are saved only when another program gets its turn, not at every system call. The
 * kernel is even compiled so that the compiler cannot use them. Code that needs them anyway (RAID,
 * cryptography, graphics) has to say so twice: to the compiler, for a file of its own
 * (float_math.c), and to the kernel, by kernel_fpu_begin() and kernel_fpu_end() around each use.
 * These save the program's registers, and on most architectures forbid preemption until the end, so
 * that nobody has to save the kernel's. Since 6.8, 64-bit Arm saves the kernel's as well when another
 * task gets its turn (TIF_KERNEL_FPSTATE); code for all architectures must not sleep there all the
 * same.
 *
 * Writing a radius to /sys/kernel/debug/lkmc_float logs the circle's area. The companion program
 * does so with known values in its own registers, and looks at them afterwards.
 *
 * What to notice:
 * - enable_fpu=0 leaves kernel_fpu_begin() out. The result is right all the same and nothing blows
 *   up in the kernel: it is the *program* whose registers suddenly hold something else. Such a bug
 *   is found years later, in a spreadsheet.
 * - Which of its registers are hit depends on what the compiler used, so only "some" is expected.
 *   On 32-bit Arm the kernel may have switched the unit off meanwhile, and then the same mistake is
 *   an oops instead; which of the two is a matter of luck, so it is not tried there. RISC-V's kernel
 *   switches the unit off at each entry, so there it is an illegal instruction every time, and the
 *   kernel panics.
 * - printk() knows no floating-point numbers. The result is converted to thousandths before it
 *   leaves the protected part.
 *
 * Since 6.10 the names are the same on all architectures that can do this, RISC-V among them; before,
 * Arm's were kernel_neon_begin() and kernel_neon_end(), which is also what is behind them today.
 *
 * Sources: kernel documentation, core-api/floating-point and arch/arm/kernel_mode_neon.
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y"]
 * modules = ["float_math.c"]
 * companion = ["../userland/kernel_modules/float.c"]
 * # 6.12 has the flags in CC_FLAGS_FPU; what stands after "or" is for 6.1.
 * kbuild = [
 *     "old-fpu-$(CONFIG_X86_64) := -msse -msse2 -mhard-float -mpreferred-stack-boundary=4",
 *     "old-fpu-$(CONFIG_ARM) := -march=armv7-a -mfloat-abi=softfp -mfpu=neon",
 *     "old-no-fpu-$(CONFIG_ARM64) := -mgeneral-regs-only",
 *     "CFLAGS_float_math.o += $(or $(CC_FLAGS_FPU),$(old-fpu-y))",
 *     "CFLAGS_REMOVE_float_math.o += $(or $(CC_FLAGS_NO_FPU),$(old-no-fpu-y))",
 * ]
 *
 * [[lkmc.run]]
 * name = "protected"
 * guest = """
 * insmod float_math.ko
 * insmod float.ko
 * ./float /sys/kernel/debug/lkmc_float 2
 * rmmod float
 * rmmod float_math
 * """
 * stdout = "registers: as they were\n"
 * dmesg = ["float: radius 2, area 12.566"]
 *
 * [[lkmc.run]]
 * name = "the largest radius"
 * guest = """
 * insmod float_math.ko
 * insmod float.ko
 * echo 826 > /sys/kernel/debug/lkmc_float
 * echo 827 > /sys/kernel/debug/lkmc_float
 * """
 * status = 1
 * stderr = "sh: write error: {any}\n"
 * dmesg = ["float: radius 826, area 2143433.269"]
 *
 * [[lkmc.run]]
 * name = "unprotected"
 * arches = ["x86_64", "aarch64"]
 * guest = """
 * insmod float_math.ko
 * insmod float.ko enable_fpu=0
 * ./float /sys/kernel/debug/lkmc_float 2
 * """
 * stdout = "registers: overwritten\n"
 * dmesg = ["float: radius 2, area 12.566"]
 *
 * [[lkmc.run]]
 * name = "unprotected, with the unit switched off"
 * arches = ["riscv64"]
 * guest = """
 * insmod float_math.ko
 * insmod float.ko enable_fpu=0
 * ./float /sys/kernel/debug/lkmc_float 2
 * """
 * verdict = "panic"
 * dmesg = ["Oops - illegal instruction [#1]"]
 * dmesg-not = ["float: radius 2, area 12.566"]
 * stack = ["float_math_area at kernel_modules/float_math.c:{dec}"]
 *
 * [[lkmc.skip]]
 * arch = "riscv64"
 * kernel = "6.1"
 * reason = "RISC-V's kernel can use floating point since 6.10 only (ARCH_HAS_KERNEL_FPU_SUPPORT)"
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>

#include "float_math.h"

#if defined(CONFIG_ARCH_HAS_KERNEL_FPU_SUPPORT)
#include <linux/fpu.h>
#elif defined(CONFIG_X86)
#include <asm/fpu/api.h>
#else
#include <asm/neon.h>
#define kernel_fpu_begin() kernel_neon_begin()
#define kernel_fpu_end() kernel_neon_end()
#endif

static bool enable_fpu = true;
module_param(enable_fpu, bool, 0444);
MODULE_PARM_DESC(enable_fpu, "whether to protect the program's registers, as one must");

static struct dentry *file;

static ssize_t float_write(struct file *written, const char __user *buffer, size_t size,
			   loff_t *offset)
{
	int radius, thousandths;
	int error = kstrtoint_from_user(buffer, size, 0, &radius);

	if (error)
		return error;
	if (enable_fpu) {
		kernel_fpu_begin();
		thousandths = float_math_area(radius);
		kernel_fpu_end();
	} else {
		thousandths = float_math_area(radius);
	}
	if (thousandths < 0)
		return thousandths;
	pr_info("float: radius %d, area %d.%03d\n", radius, thousandths / 1000, thousandths % 1000);
	return size;
}

static const struct file_operations float_fops = {
	.owner = THIS_MODULE,
	.write = float_write,
};

static int __init float_init(void)
{
	file = debugfs_create_file("lkmc_float", 0200, NULL, NULL, &float_fops);
	return 0;
}

static void __exit float_exit(void)
{
	debugfs_remove(file);
}

module_init(float_init);
module_exit(float_exit);
MODULE_DESCRIPTION("Floating point in the kernel");
MODULE_LICENSE("GPL");
