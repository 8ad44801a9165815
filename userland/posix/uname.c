// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask for the names of system, machine and kernel: uname(2).
 *
 * The same is in /proc/sys/kernel: ostype, hostname, osrelease, version; all but `machine`. `nodename` is this system's own
 * name, which sethostname(2) changes. Some C libraries look at `release` when a program starts, and refuse a kernel that
 * is too old for them. `machine` is what the kernel is: a 32-bit program on a 64-bit kernel sees the kernel's, unless
 * personality(2) says otherwise.
 *
 * Sources: uname(2), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "names"
 * guest = '''
 * hostname laboratory
 * ./uname | grep -v machine
 * cat /proc/sys/kernel/osrelease /proc/sys/kernel/version
 * '''
 * stdout = """
 * sysname:  Linux
 * nodename: laboratory
 * release:  {any:release}
 * version:  {any:version}
 * {any:release}
 * {any:version}
 * """
 * [[lkmc.run]]
 * name = "x86_64"
 * arches = ["x86_64"]
 * guest = "./uname | grep machine"
 * stdout = "machine:  x86_64\n"
 * [[lkmc.run]]
 * name = "aarch64"
 * arches = ["aarch64"]
 * guest = "./uname | grep machine"
 * stdout = "machine:  aarch64\n"
 * [[lkmc.run]]
 * name = "arm"
 * arches = ["arm"]
 * guest = "./uname | grep machine"
 * stdout = "machine:  armv7l\n"
 * [[lkmc.run]]
 * name = "riscv64"
 * arches = ["riscv64"]
 * guest = "./uname | grep machine"
 * stdout = "machine:  riscv64\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

int main(void)
{
	struct utsname names;

	if (uname(&names)) {
		perror("uname");
		return EXIT_FAILURE;
	}
	printf("sysname:  %s\n", names.sysname);
	printf("nodename: %s\n", names.nodename);
	printf("release:  %s\n", names.release);
	printf("version:  %s\n", names.version);
	printf("machine:  %s\n", names.machine);
	return EXIT_SUCCESS;
}
