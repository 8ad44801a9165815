// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have gem5 do things, by instructions that no real processor has.
 *
 * gem5's decoder knows them by the number in bits 16 to 23, and takes arguments and results in the registers of a function call
 * (gem5: src/sim/pseudo_inst.hh). Between m5_reset_stats() and m5_dump_stats() the statistics are those of the loop alone:
 * `lkmc gem5 stats last` shows them; the program itself cannot see them, so nothing here compares them. m5_rpns() is the simulated
 * time in nanoseconds. m5_fail() ends the simulation with a status, without semihosting.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * stdout = "1000 rounds took at least 1000 ns: 1\n"
 *
 * [[lkmc.skip]]
 * emulator = "qemu"
 * reason = "gem5's own instructions: on QEMU the first of them is an unexpected exception, and the status 139"
 * [/lkmc]
 */

#include <inttypes.h>
#include <lkmc/board.h>
#include <stdio.h>

#define ROUNDS 1000

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
	uint64_t before, after;

	before = m5_rpns();
	m5_reset_stats(0, 0);
	/* Several instructions a round, and no profile's processors execute more than four in a nanosecond. */
	for (volatile int i = 0; i < ROUNDS; i++)
		;
	m5_dump_stats(0, 0);
	after = m5_rpns();
	printf("%d rounds took at least %d ns: %d\n", ROUNDS, ROUNDS, after - before >= ROUNDS);
	m5_fail(0, 7);
	return 0;
}
