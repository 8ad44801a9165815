// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Handle an interrupt in two halves: a handler that may not sleep, and a thread that may.
 *
 * While a handler runs, nothing else does on that processor, so it should do the least: ask the device what the matter is, and
 * keep it quiet. What takes longer, or has to wait for a lock or for memory, belongs into a context that the scheduler knows.
 * request_threaded_irq() makes a kernel thread for the line. If the handler answers IRQ_WAKE_THREAD, the thread runs the second
 * function, as often as it was woken or less: interrupts that come while it runs are one more round together.
 *
 * This module has no device of its own. It shares the line of QEMU's educational device with its driver (qemu_edu.c), which
 * acknowledges the interrupt; irq.c explains such lines.
 *
 * What to notice:
 * - The thread is a process, `irq/NUMBER-lkmc_irq`, of the real-time class SCHED_FIFO, priority 50: it comes before all ordinary
 *   ones. `chrt` can change that.
 * - It sleeps while it holds a mutex, which would be a bug in the handler.
 * - A driver without a handler (NULL in its place) needs IRQF_ONESHOT: the line stays masked until the thread is done, or a
 *   level-triggered interrupt would come again and again before the thread gets to quiet the device.
 * - free_irq() waits for the thread, and ends it.
 *
 * Sources: kernel documentation, core-api/genericirq; kernel/irq/manage.c, request_threaded_irq().
 *
 * [lkmc]
 * kconfig = ["DEBUG_FS=y", "PCI=y"]
 * modules = ["qemu_edu.c"]
 *
 * [lkmc.machine]
 * qemu-args = ["-device", "edu,dma_mask=0xffffffff"]
 *
 * [[lkmc.run]]
 * guest = '''
 * insmod qemu_edu.ko msi=0 dma_bits=32
 * number=$(awk '/lkmc_qemu_edu/ { print $1 + 0 }' /proc/interrupts)
 * insmod threaded_irq.ko irq=$number
 * thread=$(pgrep "irq/$number-lkmc_irq")
 * sed "s/irq.$number-/irq-N-/" /proc/$thread/comm
 * chrt -p $thread | sed 's/.*current/current/'
 * for edu in /sys/kernel/debug/lkmc_qemu_edu/0*; do echo 1 > $edu/interrupt; done
 * until dmesg | grep -q 'threaded_irq: the thread'; do usleep 10000; done
 * rmmod threaded_irq
 * [ ! -e /proc/$thread ]
 * '''
 * stdout = """
 * irq-N-lkmc_irq
 * current scheduling policy: SCHED_FIFO
 * current scheduling priority: 50
 * """
 * dmesg = [
 *     "threaded_irq: the handler, in a process: no",
 *     "threaded_irq: the thread, in a process: yes, slept with a mutex",
 *     "threaded_irq: handler 1 time, thread 1 time",
 * ]
 * [/lkmc]
 */

#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/mutex.h>

static unsigned int irq;
module_param(irq, uint, 0444);
MODULE_PARM_DESC(irq, "Linux's number of the line, as in /proc/interrupts");

static DEFINE_MUTEX(lock);
static unsigned int handled, woken;

static irqreturn_t lkmc_threaded_handler(int number, void *cookie)
{
	if (!handled++)
		pr_info("threaded_irq: the handler, in a process: %s\n", in_task() ? "yes" : "no");
	return IRQ_WAKE_THREAD;
}

static irqreturn_t lkmc_threaded_thread(int number, void *cookie)
{
	mutex_lock(&lock);
	msleep(1);
	if (!woken++)
		pr_info("threaded_irq: the thread, in a process: %s, slept with a mutex\n", in_task() ? "yes" : "no");
	mutex_unlock(&lock);
	return IRQ_HANDLED;
}

static int __init threaded_irq_init(void)
{
	return request_threaded_irq(irq, lkmc_threaded_handler, lkmc_threaded_thread, IRQF_SHARED, "lkmc_irq", &lock);
}

static void __exit threaded_irq_exit(void)
{
	free_irq(irq, &lock);
	pr_info("threaded_irq: handler %u time%s, thread %u time%s\n", handled, handled == 1 ? "" : "s", woken,
		woken == 1 ? "" : "s");
}

module_init(threaded_irq_init);
module_exit(threaded_irq_exit);
MODULE_DESCRIPTION("An interrupt handled in a thread");
MODULE_LICENSE("GPL");
