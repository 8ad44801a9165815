// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tell the processor the name of the process that runs.
 *
 * CONTEXTIDR_EL1 changes nothing of what the processor computes. It is there for those who watch: breakpoints that hold for one
 * process, and traces (Arm ARM DDI 0487, under its name). Linux writes the process's number there with
 * CONFIG_PID_IN_CONTEXTIDR. A trace of gem5's has it in each line, as `A1`, `A2`, ...:
 *
 *     lkmc demo run baremetal/arch/aarch64/contextidr_el1.c -p aarch64-gem5-atomic --trace Exec,ExecAsid
 *     lkmc trace exec last main
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = "1 2 3 4 5 6 7 8 9\n"
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define PROCESSES 9

int main(void)
{
	uint64_t seen[PROCESSES];

	for (uint64_t process = 1; process <= PROCESSES; process++) {
		asm volatile("msr contextidr_el1, %0\n\tisb" : : "r"(process));
		asm volatile("mrs %0, contextidr_el1" : "=r"(seen[process - 1]));
	}
	for (int i = 0; i < PROCESSES; i++)
		printf("%" PRIu64 "%c", seen[i], i + 1 < PROCESSES ? ' ' : '\n');
	return 0;
}
