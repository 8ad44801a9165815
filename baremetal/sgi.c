// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Send an interrupt from one processor to another, and one back.
 *
 * Interrupts 0 to 15 come from software: a write to GICD_SGIR names the number and the processors (Arm IHI 0048B, 4.3.15). The
 * receiver's GICC_IAR has the sender beside the number. Linux tells another processor in this way that it has a task to run or
 * translations to forget.
 *
 * Who receives needs an interface that is on, and so does who is to be asked back: part of the distributor and all of the
 * interface are each processor's own.
 *
 * [lkmc]
 * machine = { cpus = 2 }
 *
 * [[lkmc.run]]
 * stdout = """
 * interrupt 1 came from processor 0
 * interrupt 2 came from processor 1
 * """
 * [/lkmc]
 */

#include <lkmc/board.h>
#include <lkmc/interrupts.h>
#include <stdatomic.h>
#include <stdio.h>

#define QUESTION 1
#define ANSWER 2
#define NOBODY -1

static atomic_int ready;
static atomic_int senders[] = {NOBODY, NOBODY, NOBODY};

static void handle(uint32_t acknowledged)
{
	atomic_store(&senders[GIC_INTERRUPT(acknowledged)], GIC_SENDER(acknowledged));
}

static void send(unsigned int interrupt, unsigned int processor)
{
	/* What the receiver is to find in memory has to be there. */
	asm volatile("dsb sy" : : : "memory");
	*GICD_SGIR = 1 << (16 + processor) | interrupt; /* gdb: sending */
}

static void receive(unsigned int interrupt)
{
	while (atomic_load(&senders[interrupt]) == NOBODY) {
		asm volatile("wfi");
		lkmc_unmask_interrupts();
		lkmc_mask_interrupts();
	}
}

static void listen(unsigned int interrupt)
{
	lkmc_handle_interrupts(handle);
	*GICD_ISENABLER = 1 << interrupt;
}

static void other(unsigned int processor)
{
	if (processor != 1)
		return;
	listen(QUESTION);
	atomic_store(&ready, 1);
	receive(QUESTION);
	send(ANSWER, 0);
}

int main(void)
{
	listen(ANSWER);
	lkmc_start_others(other);
	while (!atomic_load(&ready))
		;
	send(QUESTION, 1);
	receive(ANSWER);
	printf("interrupt %d came from processor %d\n", QUESTION, atomic_load(&senders[QUESTION]));
	printf("interrupt %d came from processor %d\n", ANSWER, atomic_load(&senders[ANSWER]));
	return 0;
}
