// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello on the serial port, by its registers.
 *
 * The first serial port of both boards is a PL011 (Arm DDI 0183). A byte that is written to its data register is sent; while
 * the transmitter's queue is full, a bit of the flag register says so. Where the registers are is different on each board,
 * and no device tree tells a program without an operating system: the build does, as LKMC_SERIAL.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = "by the serial port\n"
 * [/lkmc]
 */

#include <lkmc/board.h>

static void put(char c)
{
	while (*LKMC_SERIAL_FLAGS & LKMC_SERIAL_FULL)
		;
	*LKMC_SERIAL_DATA = c;
}

int main(void)
{
	for (const char *next = "by the serial port\n"; *next; next++)
		put(*next);
	return 0;
}
