// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have gem5 do things, by instructions that no real processor has.
 *
 * gem5's decoder knows them by the number in bits 16 to 23, and takes arguments and results in the registers of a function call
 * (gem5: src/sim/pseudo_inst.hh). Between m5_reset_stats() and m5_dump_stats() the statistics are those of the loop alone:
 * `lkmc gem5 stats last` shows them. m5_fail() ends the simulation with a status, without semihosting.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * stdout = "the simulated time went on: 1\n"
 *
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "gem5's own instructions: on QEMU the first of them is an unexpected exception, and the status 139"
 * [/lkmc]
 */

#include <inttypes.h>
#include <lkmc/board.h>
#include <stdio.h>

#if __aarch64__
#define INSTRUCTION ".inst 0xff000110"
#define RETURN "ret"
#else
asm(".syntax unified\n\t.thumb");
#define INSTRUCTION ".inst.w 0xee000110"
#define RETURN "bx lr"
#endif

#define OPERATION(name, number)                    \
	asm("	.text\n"                           \
	    "	.type " #name ", %function\n"      \
	    #name ":\n"                            \
	    "	" INSTRUCTION " | " #number " << 16\n" \
	    "	" RETURN "\n")

uint64_t m5_rpns(void);
void m5_reset_stats(uint64_t delay, uint64_t period);
void m5_dump_stats(uint64_t delay, uint64_t period);
void m5_fail(uint64_t delay, uint64_t code);

OPERATION(m5_rpns, 0x07);
OPERATION(m5_fail, 0x22);
OPERATION(m5_reset_stats, 0x40);
OPERATION(m5_dump_stats, 0x41);

int main(void)
{
	uint64_t before = m5_rpns();

	m5_reset_stats(0, 0);
	for (volatile int i = 0; i < 1000; i++)
		;
	m5_dump_stats(0, 0);
	printf("the simulated time went on: %d\n", m5_rpns() > before);
	m5_fail(0, 7);
	return 0;
}
