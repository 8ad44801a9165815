// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that hangs in uninterruptible sleep: the companion of blocked.sh.
 *
 * vfork(2) lets the child use the parent's memory, so the parent must not run until the child has
 * called execve(2) or has ended. This child does neither: it waits for a signal. The parent
 * therefore sleeps in the state D, "disk sleep", in which a process handles no signal. It is the
 * state that processes get stuck in when a disk or a server does not answer. There are two kinds,
 * which ps does not tell apart: this one is TASK_KILLABLE, which ends at once for a signal that the
 * process would die of. In the other kind, TASK_UNINTERRUPTIBLE, even SIGKILL has to wait.
 *
 * The parent can be found by its name, vfork_wait; the child calls itself vfork_child. A SIGTERM
 * to the child ends both.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "child"
 * guest = '''
 * ./vfork_wait &
 * until grep -q "^State:.D" /proc/$!/status; do usleep 10000; done
 * grep State /proc/$!/status
 * killall vfork_child
 * wait $!
 * '''
 * stdout = "State:\tD (disk sleep)\n"
 * [[lkmc.run]]
 * name = "parent"
 * guest = '''
 * ./vfork_wait &
 * until grep -q "^State:.D" /proc/$!/status; do usleep 10000; done
 * # It depends on the moment whether the shell says "Terminated".
 * exec 2> /dev/null
 * kill $!
 * wait $! || echo "status $?, the child is left: $(pidof vfork_child | wc -w)"
 * killall vfork_child
 * '''
 * stdout = "status 143, the child is left: 1\n"
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
