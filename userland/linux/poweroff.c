// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Switch the machine off with one system call.
 *
 * reboot(2) with RB_POWER_OFF stops all devices and processors and asks the firmware to cut the
 * power. It happens at once: no process is told, no file system is unmounted. poweroff(8) tells
 * init, which ends the services first, and then does this. sync(2) at least writes out what is
 * still in memory.
 *
 * As the first process (`init=`) it makes the shortest useful life of a Linux system, good for
 * measuring boots.
 *
 * Notice that the last line of the kernel log says what was asked for.
 *
 * Sources: reboot(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./poweroff"
 * dmesg = ["reboot: Power down"]
 * [/lkmc]
 */
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

int main(void)
{
	sync();
	reboot(RB_POWER_OFF);
	/* Only a failure comes back. */
	perror("reboot");
	return 1;
}
