// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the address of a variable, and wait until somebody changes it from outside.
 *
 * The program itself never writes to the variable again, so when it sees another value, somebody
 * wrote to its memory. Who can? A debugger, through ptrace(2). Or whoever finds the physical
 * page, and writes there: see userland/memory/devmem.sh, for which this is the companion. The
 * demo here takes the easy way, /proc/PID/mem, which is a process's memory as a file with virtual
 * addresses for offsets.
 *
 * Sources: proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * mkfifo lines
 * ./virt_to_phys_test > lines &
 * exec 3< lines
 * read -r _ address <&3
 * read -r _ pid <&3
 * printf '\4\3\2\1' | dd of=/proc/$pid/mem bs=4 seek=$((address / 4)) conv=notrunc 2> /dev/null
 * cat <&3
 * '''
 * stdout = "i 1020304\n"
 * [/lkmc]
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define BEFORE 0x12345678

/* volatile: the compiler must not conclude that nobody changes it. */
static volatile uint32_t i = BEFORE;

int main(void)
{
	struct timespec moment = { .tv_nsec = 10000000 };

	printf("vaddr %#lx\n", (unsigned long)&i);
	printf("pid %d\n", (int)getpid());
	fflush(stdout);
	while (i == BEFORE)
		nanosleep(&moment, NULL);
	printf("i %x\n", (unsigned int)i);
	return 0;
}
