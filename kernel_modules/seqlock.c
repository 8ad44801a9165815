// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read several variables that belong together without keeping a writer waiting: read again if one came in between.
 *
 * A lock, also one for many readers, is a variable that all of them write, and a writer waits until the readers are gone. With a
 * seqlock a reader writes nothing. A writer makes a number odd before it begins and even when it is done. A reader looks at the
 * number before and after: if it was odd, or is another one, what has been read may be half old and half new, and is read again.
 * The clock is kept so: gettimeofday() in the vDSO only reads, and the timer interrupt never waits.
 *
 * What to notice:
 * - What was read in a vain attempt is nonsense: here the second number no longer belongs to the first. A reader may not follow
 *   pointers before it knows better: for that there is RCU (rcu.c).
 * - A reader that is disturbed again and again never ends. So writers must be rare, and short: write_seqlock() is a spinlock, too.
 * - A reader that interrupted the writer on the same processor would wait for ever for an even number: where there are readers in
 *   interrupts, writers use write_seqlock_irqsave().
 *
 * That a writer comes exactly between the two loads is left to chance on a real system. Here the reader calls it there itself.
 *
 * Sources: kernel documentation, locking/seqlock; include/linux/seqlock.h.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "insmod seqlock.ko && rmmod seqlock"
 * dmesg = [
 *     "seqlock: without looking at the number: 1 and -2",
 *     "seqlock: attempt 1 began at number {dec}, read 2 and -3: again",
 *     "seqlock: attempt 2 began at number {dec}, read 3 and -3: good",
 *     "seqlock: each writer has added 2 to the number: yes",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>
#include <linux/seqlock.h>

static DEFINE_SEQLOCK(lock);
/* The second is always the first with the other sign. */
static int first = 1, second = -1;

static void write(void)
{
	write_seqlock(&lock);
	WRITE_ONCE(first, first + 1);
	WRITE_ONCE(second, -first);
	write_sequnlock(&lock);
}

static int __init seqlock_demo_init(void)
{
	int one, other, attempt = 0;
	unsigned int begun = read_seqbegin(&lock), number;
	bool is_torn;

	one = READ_ONCE(first);
	write();
	other = READ_ONCE(second);
	pr_info("seqlock: without looking at the number: %d and %d\n", one, other);

	do {
		number = read_seqbegin(&lock);
		one = READ_ONCE(first);
		if (!attempt++)
			write();
		other = READ_ONCE(second);
		is_torn = read_seqretry(&lock, number);
		pr_info("seqlock: attempt %d began at number %u, read %d and %d: %s\n", attempt, number, one, other,
			is_torn ? "again" : "good");
	} while (is_torn);
	pr_info("seqlock: each writer has added 2 to the number: %s\n", number - begun == 4 ? "yes" : "no");
	return 0;
}

static void __exit seqlock_demo_exit(void)
{
}

module_init(seqlock_demo_init);
module_exit(seqlock_demo_exit);
MODULE_DESCRIPTION("Readers that read again");
MODULE_LICENSE("GPL");
