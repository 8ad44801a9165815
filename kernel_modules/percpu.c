// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Count on all processors at once without a lock, by giving each processor its own counter.
 *
 * A counter that every processor changes is a bottleneck twice over: without an atomic instruction
 * increments get lost, and with one the processors fight for the cache line. Per-CPU data avoids
 * both: there is one copy per processor, each processor changes only its own, and who wants to know
 * the sum adds them up. The kernel counts packets, interrupts and page faults like this.
 *
 * Two threads, one tied to each processor, count to 100000 at the same time.
 *
 * What to notice:
 * - DEFINE_PER_CPU() does not define a variable but a place in an area that exists once per
 *   processor: the same name has a different address on each, a fixed distance apart.
 * - this_cpu_inc() finds its processor's copy and changes it in one go: on x86_64 a single
 *   instruction, on Arm a short sequence during which the thread cannot be moved. get_cpu_ptr()
 *   does that for longer sequences, by forbidding preemption.
 * - alloc_percpu() makes such variables at run time.
 * - The sum is exact because both threads are done. While they run it would be roughly right, which
 *   is enough for statistics.
 *
 * Sources: include/linux/percpu-defs.h; kernel documentation, core-api/this_cpu_ops.
 *
 * [lkmc]
 * [lkmc.machine]
 * cpus = 2
 *
 * [[lkmc.run]]
 * guest = """
 * insmod percpu.ko
 * rmmod percpu
 * """
 * dmesg = [
 *     "percpu: processor 0 counted 100000", "percpu: processor 1 counted 100000",
 *     "percpu: together 200000", "percpu: one address for both: no",
 * ]
 * [/lkmc]
 */

#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/percpu.h>

#define STEPS 100000

static DEFINE_PER_CPU(unsigned long, counter);
static DEFINE_PER_CPU(struct task_struct *, threads);

static int percpu_count(void *unused)
{
	int i;

	for (i = 0; i < STEPS; i++) {
		this_cpu_inc(counter);
		if (i % 1000 == 0)
			cond_resched();
	}
	/* kthread_stop() wants to find us alive. */
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int percpu_run_threads(void)
{
	struct task_struct *thread;
	int cpu, error = 0;

	for_each_online_cpu(cpu) {
		thread = kthread_create_on_cpu(percpu_count, NULL, cpu, "lkmc_percpu/%u");
		if (IS_ERR(thread)) {
			error = PTR_ERR(thread);
			break;
		}
		per_cpu(threads, cpu) = thread;
		wake_up_process(thread);
	}
	for_each_online_cpu(cpu) {
		if (!per_cpu(threads, cpu))
			continue;
		while (!error && READ_ONCE(per_cpu(counter, cpu)) < STEPS)
			schedule_timeout_uninterruptible(1);
		kthread_stop(per_cpu(threads, cpu));
	}
	return error;
}

static int __init percpu_init(void)
{
	unsigned long sum = 0;
	int cpu, error;

	/* Processors shall neither come nor go meanwhile. */
	cpus_read_lock();
	error = percpu_run_threads();
	for_each_online_cpu(cpu) {
		pr_info("percpu: processor %d counted %lu\n", cpu, per_cpu(counter, cpu));
		sum += per_cpu(counter, cpu);
	}
	cpus_read_unlock();
	if (error)
		return error;
	pr_info("percpu: together %lu\n", sum);
	pr_info("percpu: one address for both: %s\n",
		per_cpu_ptr(&counter, 0) == per_cpu_ptr(&counter, 1) ? "yes" : "no");
	return 0;
}

static void __exit percpu_exit(void)
{
}

module_init(percpu_init);
module_exit(percpu_exit);
MODULE_DESCRIPTION("One counter for each processor");
MODULE_LICENSE("GPL");
