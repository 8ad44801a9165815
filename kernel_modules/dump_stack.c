// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print how the kernel got to where it is: the stack of calls, without harm.
 *
 * dump_stack() is the printf debugging of control flow: "who calls this?". It prints the process,
 * the kernel, and the chain of calls from the innermost outwards, and returns. Oopses, warnings and
 * panics print the same; here nothing is wrong, and the module can be unloaded as ever.
 *
 * What to notice:
 * - Each line is FUNCTION+OFFSET/SIZE [MODULE]. lkmc looks up the source line that belongs to the
 *   offset: `lkmc demo show` lists it as the stack of the run.
 * - The chain goes on past the module's functions, through the kernel's do_one_initcall(), to the
 *   system call by which insmod came in.
 * - The functions are `noinline`, else the compiler would merge the three into one and a single
 *   line would remain. For the same reason something is done after each call: a call that is the
 *   last thing in a function may become a jump, which leaves no trace on the stack.
 *
 * Sources: lib/dump_stack.c; kernel documentation, admin-guide/bug-hunting.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * insmod dump_stack.ko
 * rmmod dump_stack
 * """
 * dmesg = [
 *     "dump_stack: before", "Call {word}:{any}", "{any}dump_stack_init+0x{any}", "dump_stack: after",
 * ]
 * stack = [
 *     "dump_stack_inner at kernel_modules/dump_stack.c:{dec}",
 *     "dump_stack_middle at kernel_modules/dump_stack.c:{dec}",
 *     "dump_stack_init at kernel_modules/dump_stack.c:{dec}",
 *     "do_one_initcall at init/main.c:{dec}",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/printk.h>

static int depth;

static noinline void dump_stack_inner(void)
{
	dump_stack();
	depth--;
}

static noinline void dump_stack_middle(void)
{
	depth++;
	dump_stack_inner();
	depth--;
}

static int __init dump_stack_init(void)
{
	pr_info("dump_stack: before\n");
	depth++;
	dump_stack_middle();
	pr_info("dump_stack: after\n");
	return depth;
}

static void __exit dump_stack_exit(void)
{
}

module_init(dump_stack_init);
module_exit(dump_stack_exit);
MODULE_DESCRIPTION("A stack trace on purpose");
MODULE_LICENSE("GPL");
