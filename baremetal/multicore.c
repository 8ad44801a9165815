// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have all processors count.
 *
 * Three processors add to one variable at once. With an atomic addition nothing is lost; what starts the second and third one
 * is in baremetal/lib/others.c: PSCI on QEMU's board, a variable and SEV on gem5's and where QEMU's has a secure world.
 *
 * [lkmc]
 * machine = { cpus = 3 }
 *
 * [[lkmc.run]]
 * timeout = "60s"
 * stdout = "3 processors counted to 3000\n"
 * [/lkmc]
 */

#include <lkmc/board.h>
#include <stdatomic.h>
#include <stdio.h>

#define PROCESSORS 3
#define EACH 1000

static atomic_uint sum, done;

static void count(unsigned int processor)
{
	if (processor >= PROCESSORS)
		return;
	for (int i = 0; i < EACH; i++)
		atomic_fetch_add(&sum, 1);
	atomic_fetch_add(&done, 1); /* gdb: counted */
}

int main(void)
{
	lkmc_start_others(count);
	count(0);
	while (atomic_load(&done) < PROCESSORS)
		;
	printf("%u processors counted to %u\n", atomic_load(&done), atomic_load(&sum));
	return 0;
}
