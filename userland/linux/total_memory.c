// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find out how much memory the machine has, in three ways, and how much of it the kernel keeps.
 *
 * sysconf(3), sysinfo(2) and MemTotal in /proc/meminfo agree: they say what is left for pages
 * after the kernel took its code, its data and the descriptors of all pages during boot. So a
 * machine of 256 MiB has less, how much less depends on architecture and configuration. What is
 * "available" without swapping is an estimate, and changes all the time.
 *
 * Sources: sysconf(3), sysinfo(2), proc(5).
 *
 * [lkmc]
 * machine.memory = "256MiB"
 *
 * [[lkmc.run]]
 * guest = "./total_memory"
 * stdout = """
 * total: {dec:total} kB (sysconf)
 * total: {dec:total} kB (sysinfo)
 * total: {dec:total} kB (/proc/meminfo)
 * less than 256 MiB, more than 200: yes
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

static long long meminfo_total(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "r");
	long long total = -1;

	if (!meminfo || fscanf(meminfo, "MemTotal: %lld", &total) != 1) {
		perror("/proc/meminfo");
		exit(EXIT_FAILURE);
	}
	fclose(meminfo);
	return total;
}

int main(void)
{
	long long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	long long total = pages * page / 1024;
	struct sysinfo info;

	if (sysinfo(&info)) {
		perror("sysinfo");
		return EXIT_FAILURE;
	}
	printf("total: %lld kB (sysconf)\n", total);
	printf("total: %lld kB (sysinfo)\n", (long long)info.totalram * info.mem_unit / 1024);
	printf("total: %lld kB (/proc/meminfo)\n", meminfo_total());
	printf("less than 256 MiB, more than 200: %s\n",
	       total < 256 * 1024 && total > 200 * 1024 ? "yes" : "no");
	return EXIT_SUCCESS;
}
