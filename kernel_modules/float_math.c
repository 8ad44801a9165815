// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The part of float.c that is compiled with floating point.
 *
 * Once the compiler may use floating-point registers in a file it may use them anywhere in it, say
 * to copy a structure. Whatever needs them therefore stands in a file of its own that contains
 * nothing else, and is called only while the registers are free to be used. Neither arguments nor
 * result may be floating-point numbers: the caller could not even pass them.
 *
 * The flags are in the block of float.c, whose Kbuild file both are built by. This is a module of
 * its own, so that there are no more than two files to look at; a real driver would link both into
 * one.
 *
 * Sources: kernel documentation, core-api/floating-point.
 *
 * [lkmc]
 * # The same lines as in float.c, for this module alone.
 * kbuild = [
 *     "old-fpu-$(CONFIG_X86_64) := -msse -msse2 -mhard-float -mpreferred-stack-boundary=4",
 *     "old-fpu-$(CONFIG_ARM) := -march=armv7-a -mfloat-abi=softfp -mfpu=neon",
 *     "old-no-fpu-$(CONFIG_ARM64) := -mgeneral-regs-only",
 *     "CFLAGS_float_math.o += $(or $(CC_FLAGS_FPU),$(old-fpu-y))",
 *     "CFLAGS_REMOVE_float_math.o += $(or $(CC_FLAGS_NO_FPU),$(old-no-fpu-y))",
 * ]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod float_math.ko
 * grep '[tT] float_math_area' /proc/kallsyms | cut -f 2
 * """
 * stdout = "[float_math]\n"
 *
 * [[lkmc.skip]]
 * arch = "riscv64"
 * kernel = "6.1"
 * reason = "RISC-V's kernel can use floating point since 6.10 only (ARCH_HAS_KERNEL_FPU_SUPPORT)"
 * [/lkmc]
 */

#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/module.h>

#include "float_math.h"

int float_math_area(int radius)
{
	double area = 3.141592653589793 * radius * radius;

	/* What does not fit into the integer is not defined in C, and differs between processors. */
	if (area * 1000 > INT_MAX)
		return -ERANGE;
	return (int)(area * 1000);
}
EXPORT_SYMBOL_GPL(float_math_area);

MODULE_DESCRIPTION("Code that is compiled with floating point");
MODULE_LICENSE("GPL");
