// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sleep until a signal comes, and do not miss one.
 *
 * "If no signal has come, pause()" has a gap: a signal between the two is handled, and then pause() waits for the next one
 * for ever. So signals are blocked, and sigsuspend(2) unblocks them and sleeps in one step. Here SIGUSR1 is answered, and
 * SIGTERM ends the program. The process is in state S and its processor time stays 0; userland/c/loop.c is the opposite.
 *
 * As the first process, `init=/lkmc/sleep_forever`, it keeps a system alive that has nothing to do. There a signal without
 * a handler is not delivered at all, not even SIGKILL: the system would be lost.
 *
 * Sources: sigsuspend(2), signal(7), kill(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * ./sleep_forever > said &
 * pid=$!
 * until grep -q ready said; do usleep 10000; done
 * kill -USR1 $pid
 * until grep -q 1 said; do usleep 10000; done
 * kill -USR1 $pid
 * until grep -q 2 said; do usleep 10000; done
 * until [ "$(cut -d ' ' -f 3 /proc/$pid/stat)" = S ]; do usleep 10000; done
 * kill $pid
 * wait $pid
 * cat said
 * '''
 * stdout = """
 * ready
 * awake: SIGUSR1, 1 so far
 * awake: SIGUSR1, 2 so far
 * awake: SIGTERM, the end
 * """
 * [/lkmc]
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t user_signals, end;

static void handle(int signal)
{
	if (signal == SIGUSR1)
		user_signals++;
	else
		end = 1;
}

int main(void)
{
	struct sigaction action = { .sa_handler = handle };
	sigset_t ours, none;
	int said = 0;

	sigemptyset(&none);
	sigemptyset(&ours);
	sigaddset(&ours, SIGUSR1);
	sigaddset(&ours, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &ours, NULL) || sigaction(SIGUSR1, &action, NULL) || sigaction(SIGTERM, &action, NULL)) {
		perror("sigaction");
		return EXIT_FAILURE;
	}
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	puts("ready");
	/* Handlers run inside sigsuspend() only, so nothing changes between these lines. */
	while (!end) {
		sigsuspend(&none);
		if (user_signals != said)
			printf("awake: SIGUSR1, %d so far\n", said = user_signals);
	}
	puts("awake: SIGTERM, the end");
	return EXIT_SUCCESS;
}
