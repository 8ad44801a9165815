// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say hello on bare metal, with a libc and without an operating system.
 *
 * What stands below main() is baremetal/lib: a page of assembly that brings the processor into the state that a kernel would
 * leave to its programs, and picolibc, whose printf() ends in a semihosting call (Arm IHI 0076): a trap that a debugger or an
 * emulator answers. The status that main() returns goes the same way.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = "hello\n"
 * [/lkmc]
 */

#include <stdio.h>

int main(void)
{
	puts("hello");
	return 0;
}
