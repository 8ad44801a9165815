// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that hangs in uninterruptible sleep: the companion of blocked.sh.
 *
 * vfork(2) lets the child use the parent's memory, so the parent must not run until the child has
 * called execve(2) or has ended. This child does neither: it waits for a signal. The parent
 * therefore sleeps in the state D, "disk sleep", in which a process cannot be interrupted. It is
 * the state that processes get stuck in when a disk or a server does not answer.
 *
 * The parent can be found by its name, vfork_wait; the child calls itself vfork_child. A SIGTERM
 * to the child ends both.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * ./vfork_wait &
 * until grep -q "^State:.D" /proc/$!/status; do usleep 10000; done
 * grep State /proc/$!/status
 * killall vfork_child
 * wait $!
 * '''
 * stdout = "State:\tD (disk sleep)\n"
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status;
	pid_t child = vfork();

	if (child < 0) {
		perror("vfork");
		return 1;
	}
	if (!child) {
		/* A child of vfork may do little but call the kernel: it stands on its parent's stack. */
		prctl(PR_SET_NAME, "vfork_child");
		for (;;)
			pause();
	}
	return waitpid(child, &status, 0) != child;
}
