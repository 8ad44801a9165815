// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call a function of ours whenever the kernel passes a place of our choice, and again on its
 * return.
 *
 * A kprobe replaces one instruction of the running kernel by a breakpoint or a jump. Each time the
 * kernel comes by, the pre-handler is called, then the original instruction is executed, then the
 * post-handler is called, and the kernel goes on as if nothing had been. Here the place is the
 * beginning of kernel_clone(), by which every process and thread is made: each command that the
 * shell starts shows up. A kretprobe is called when the function *returns*: it can see the result,
 * here the new process's pid, and keep notes from the entry, here the time.
 *
 * What to notice:
 * - The kernel was not built for this and did not know: any symbol in /proc/kallsyms will do,
 *   except for what the probes themselves need (/sys/kernel/debug/kprobes/blacklist).
 * - Handlers run with interrupts or preemption off: no sleeping. `current` is whoever called.
 * - The registers are the machine's, so what to print of them depends on the architecture.
 * - The same without writing a module: kprobe events (userland/tracing).
 *
 * Not on RISC-V with the function tracer built in: the tracer's patch is at a function's entry, and no probe may be on it.
 *
 * Sources: kernel documentation, trace/kprobes.
 *
 * [lkmc]
 * arches = ["x86_64", "aarch64", "arm"]
 * kconfig = ["KPROBES=y", "KRETPROBES=y"]
 *
 * [[lkmc.run]]
 * guest = """
 * insmod kprobe_example.ko
 * sh -c 'sleep 0 & echo child $!; wait'
 * rmmod kprobe_example
 * """
 * stdout = "child {dec:pid}\n"
 * dmesg = [
 *     "kprobe_example: planted at kernel_clone",
 *     "kprobe_example: <kernel_clone> pre_handler: comm = sh, ip = 0x{hex}, flags = 0x{hex}",
 *     "kprobe_example: <kernel_clone> post_handler: comm = sh, flags = 0x{hex}",
 *     "kprobe_example: <kernel_clone> returned {dec:pid} to sh after {dec} ns",
 *     "kprobe_example: removed, missed 0",
 * ]
 * [/lkmc]
 */

#include <linux/kprobes.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/ptrace.h>
#include <linux/sched.h>

static unsigned long kprobe_example_flags(const struct pt_regs *regs)
{
#if defined(CONFIG_X86)
	return regs->flags;
#elif defined(CONFIG_ARM64)
	return regs->pstate;
#elif defined(CONFIG_ARM)
	return regs->ARM_cpsr;
#endif
}

static int kprobe_example_before(struct kprobe *probe, struct pt_regs *regs)
{
	pr_info("kprobe_example: <%s> pre_handler: comm = %s, ip = 0x%lx, flags = 0x%lx\n",
		probe->symbol_name, current->comm, instruction_pointer(regs),
		kprobe_example_flags(regs));
	return 0;
}

static void kprobe_example_after(struct kprobe *probe, struct pt_regs *regs, unsigned long unused)
{
	pr_info("kprobe_example: <%s> post_handler: comm = %s, flags = 0x%lx\n",
		probe->symbol_name, current->comm, kprobe_example_flags(regs));
}

static int kprobe_example_entry(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	*(ktime_t *)instance->data = ktime_get();
	return 0;
}

static int kprobe_example_return(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	ktime_t entered = *(ktime_t *)instance->data;

	pr_info("kprobe_example: <kernel_clone> returned %ld to %s after %lld ns\n",
		regs_return_value(regs), current->comm,
		ktime_to_ns(ktime_sub(ktime_get(), entered)));
	return 0;
}

static struct kprobe probe = {
	.symbol_name = "kernel_clone",
	.pre_handler = kprobe_example_before,
	.post_handler = kprobe_example_after,
};

static struct kretprobe return_probe = {
	.kp.symbol_name = "kernel_clone",
	.entry_handler = kprobe_example_entry,
	.handler = kprobe_example_return,
	.data_size = sizeof(ktime_t),
	/* So many callers may be inside at once; the return of one more would be missed. */
	.maxactive = 20,
};

static int __init kprobe_example_init(void)
{
	int error = register_kprobe(&probe);

	if (error)
		return error;
	error = register_kretprobe(&return_probe);
	if (error) {
		unregister_kprobe(&probe);
		return error;
	}
	pr_info("kprobe_example: planted at %s\n", probe.symbol_name);
	return 0;
}

static void __exit kprobe_example_exit(void)
{
	unregister_kretprobe(&return_probe);
	unregister_kprobe(&probe);
	pr_info("kprobe_example: removed, missed %d\n", return_probe.nmissed);
}

module_init(kprobe_example_init);
module_exit(kprobe_example_exit);
MODULE_DESCRIPTION("A kprobe and a kretprobe on kernel_clone()");
MODULE_LICENSE("GPL");
