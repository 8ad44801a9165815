// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fork bomb: a process that makes processes for ever, each of which does the same.
 *
 * Their number doubles with every round, until the system has no room for another process and
 * nobody can start a program to stop it. When fork(2) fails the processes rest for a moment and
 * try again, as a real bomb would: whatever ends is replaced at once.
 *
 * Never run it outside a throw-away guest. Here it runs in a control group that may hold 20
 * tasks, and 20 is what it gets: see userland/cgroups/pids_max.sh for how that works.
 *
 * [lkmc]
 * kconfig = ["CGROUP_PIDS=y"]
 *
 * [[lkmc.run]]
 * guest = '''
 * mount -t cgroup2 none /sys/fs/cgroup
 * cd /sys/fs/cgroup
 * echo +pids > cgroup.subtree_control
 * mkdir bomb
 * echo 20 > bomb/pids.max
 * (echo 0 > bomb/cgroup.procs; exec /lkmc/fork_bomb) &
 * until [ "$(cat bomb/pids.current)" = 20 ]; do usleep 10000; done
 * cat bomb/pids.current
 * echo 1 > bomb/cgroup.kill
 * '''
 * stdout = "20\n"
 * [/lkmc]
 */
#include <time.h>
#include <unistd.h>

int main(void)
{
	struct timespec moment = { .tv_nsec = 1000000 };

	for (;;)
		if (fork() < 0)
			nanosleep(&moment, NULL);
}
