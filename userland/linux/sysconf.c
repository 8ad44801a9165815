// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask for the numbers of this machine and kernel that a program should not assume: sysconf(3).
 *
 * _SC_NPROCESSORS_ONLN says how many processors are switched on, _SC_NPROCESSORS_CONF how many
 * there are. _SC_CLK_TCK is the unit of the times in /proc/PID/stat, ticks per second; it has
 * nothing to do with the kernel's real tick (CONFIG_HZ), and is 100 on all architectures here.
 * The page size is 4096 in this kernel configuration; arm64 kernels can have 16384 or 65536.
 *
 * The processor counts are part of POSIX only since Issue 8 (2024); they are older than that.
 *
 * Sources: sysconf(3).
 *
 * [lkmc]
 * machine.cpus = 2
 *
 * [[lkmc.run]]
 * guest = "./sysconf"
 * stdout = """
 * _SC_NPROCESSORS_CONF = 2
 * _SC_NPROCESSORS_ONLN = 2
 * _SC_PAGESIZE = 4096
 * _SC_CLK_TCK = 100
 * _SC_PHYS_PAGES = {dec}
 * _SC_OPEN_MAX = {dec}
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <unistd.h>

#define PRINT(name) printf(#name " = %ld\n", sysconf(name))

int main(void)
{
	PRINT(_SC_NPROCESSORS_CONF);
	PRINT(_SC_NPROCESSORS_ONLN);
	PRINT(_SC_PAGESIZE);
	PRINT(_SC_CLK_TCK);
	PRINT(_SC_PHYS_PAGES);
	PRINT(_SC_OPEN_MAX);
	return 0;
}
