// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the number of this process, and see that it belongs to the process, not to the program.
 *
 * The shell in the first run has its own number in $$. `exec` replaces the program, and the number stays. In the second run
 * the shell starts another process, whose parent it is. /proc/self is a link to the directory of whoever looks.
 *
 * On gem5 without a kernel the number is 100, nobody is the parent, and /proc/self is no link.
 *
 * Sources: getpid(2), proc(5).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "exec"
 * guest = "sh -c 'echo shell=$$; exec ./getpid'"
 * stdout = """
 * shell={dec:pid}
 * pid={dec:pid}
 * parent={dec}
 * /proc/self -> {dec:pid}
 * """
 * [[lkmc.run]]
 * name = "child"
 * guest = "sh -c 'echo shell=$$; ./getpid; echo end'"
 * stdout = """
 * shell={dec:shell}
 * pid={dec:pid}
 * parent={dec:shell}
 * /proc/self -> {dec:pid}
 * end
 * """
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	char self[20];
	ssize_t length;

	printf("pid=%d\n", (int)getpid());
	printf("parent=%d\n", (int)getppid());
	length = readlink("/proc/self", self, sizeof self);
	if (length < 0) {
		perror("/proc/self");
		return EXIT_FAILURE;
	}
	printf("/proc/self -> %.*s\n", (int)length, self);
	return EXIT_SUCCESS;
}
