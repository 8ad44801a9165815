// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print arguments and environment, and power off: a first process (init) that shows what the
 * kernel gave it.
 *
 * What the kernel does not understand on its command line it passes to init: words as arguments,
 * NAME=VALUE as environment. Two variables are always there, HOME=/ and TERM=linux. See
 * userland/proc/cmdline.sh for the same with the guest's own init.
 *
 * To try it as the machine's init, put it into a root file system overlay and boot with `init=/PATH zoo=yes -- asdf 'qw er'`;
 * what the environment has besides is then the guest's /init's, which has started it. A demo comes into the guest when that has
 * booted. So the demo makes it process 1 of a pid namespace of its own, where everything is alike, except that reboot(2) does
 * not stop the machine but the namespace: RB_POWER_OFF makes its process 1 look as if killed by SIGINT, signal 2, hence status
 * 130.
 *
 * Sources: kernel documentation, admin-guide/kernel-parameters.rst; pid_namespaces(7); reboot(2).
 *
 * [lkmc]
 * kconfig = ["PID_NS=y"]
 *
 * [[lkmc.run]]
 * guest = "env -i HOME=/ TERM=linux zoo=yes unshare --pid -f ./init_env_poweroff asdf 'qw er'"
 * stdout = """
 * pid 1
 * args:
 * ./init_env_poweroff
 * asdf
 * qw er
 * env:
 * HOME=/
 * TERM=linux
 * zoo=yes
 * """
 * status = 130
 * [/lkmc]
 */
#include <stdio.h>
#include <sys/reboot.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv)
{
	printf("pid %d\nargs:\n", (int)getpid());
	for (int i = 0; i < argc; i++)
		puts(argv[i]);
	puts("env:");
	for (char **variable = environ; *variable; variable++)
		puts(*variable);
	fflush(stdout);

	/* Nobody else could be asked to stop the machine; and somebody else's machine shall go on. */
	if (getpid() == 1)
		reboot(RB_POWER_OFF);
	return 0;
}
