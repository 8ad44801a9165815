// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Take over Ctrl-Alt-Del: be the process that the kernel signals when somebody presses it.
 *
 * By default (at boot) the three keys restart the machine at once. reboot(2) with RB_DISABLE_CAD
 * makes the kernel send SIGINT to one process instead, /proc/sys/kernel/cad_pid, which is init
 * unless somebody writes another number there. /proc/sys/kernel/ctrl-alt-del is the same switch
 * as a file: 1 restart, 0 signal. Init usually restarts the machine in an orderly way; this
 * program prints `cad`.
 *
 * The guest has no keyboard, so the demo sends the signal itself, which is all that the kernel
 * would do. With one (`--qemu-arg`, and CONFIG_VT) it is `sendkey ctrl-alt-delete` in QEMU's
 * monitor.
 *
 * Sources: reboot(2); kernel documentation, admin-guide/sysctl/kernel.rst, "ctrl-alt-del".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * echo 1 > /proc/sys/kernel/ctrl-alt-del
 * mkfifo lines
 * ./ctrl_alt_del > lines &
 * exec 3< lines
 * read -r line <&3
 * echo "$line"
 * cat /proc/sys/kernel/ctrl-alt-del
 * kill -INT $(cat /proc/sys/kernel/cad_pid)
 * cat <&3
 * '''
 * stdout = """
 * waiting
 * 0
 * cad
 * """
 * [/lkmc]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

static void die(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

int main(void)
{
	FILE *cad_pid = fopen("/proc/sys/kernel/cad_pid", "w");
	sigset_t interrupt;
	int signal;

	/* Blocked, the signal waits for us until we wait for it. */
	sigemptyset(&interrupt);
	sigaddset(&interrupt, SIGINT);
	if (sigprocmask(SIG_BLOCK, &interrupt, NULL))
		die("sigprocmask");
	if (!cad_pid || fprintf(cad_pid, "%d\n", (int)getpid()) < 0 || fclose(cad_pid))
		die("cad_pid");
	if (reboot(RB_DISABLE_CAD))
		die("reboot");
	puts("waiting");
	fflush(stdout);
	if (sigwait(&interrupt, &signal))
		die("sigwait");
	puts("cad");
	return EXIT_SUCCESS;
}
