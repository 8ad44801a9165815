/*
 * The guest agent: runs commands for the host, as frames ask for them.
 *
 * One process, one poll loop, no threads. /init starts it. Frames come over the virtio-serial port (virtio.c), where the
 * host speaks first, or on gem5 out of a file that holds the host's whole part (gem5.c).
 *
 * A frame is: u8 type, u32le id, u32le length, then `length` bytes. A zero byte where a type is expected is skipped,
 * so that a host can get in step again with a stream that a killed predecessor left in the middle of a frame: it sends
 * as many zeros as the longest frame has bytes.
 *
 * Flow is controlled by credits in both directions, per command: who sends starts with WINDOW bytes and gets more by
 * CREDIT frames as the receiver gets rid of them. So one command whose output nobody reads never blocks another.
 *
 * `lkmc-agent gem5` is the agent of a machine in gem5.
 *
 * `lkmc-agent console COMMAND...` runs a command in a session of its own on the kernel's console, with the signals of a
 * fresh login: a shell script's background jobs would ignore Ctrl-C.
 *
 * `lkmc-agent shell-exit STATUS` is how /init says that the shell on the console has ended: it returns when the host
 * has been told.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "agent.h"

const struct transport *transport;

static int wake[2];

static void on_signal(int number)
{
	int saved = errno;
	ssize_t ignored = write(wake[1], "", 1);

	/* A full pipe wakes the loop as well. */
	(void)ignored;
	(void)number;
	errno = saved;
}

static void set_up(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	signal(SIGPIPE, SIG_IGN);
	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK))
		exit(1);
	sigaction(SIGCHLD, &action, NULL);
	sigaction(SIGIO, &action, NULL);
	/* What commands leave behind becomes our child, and is reaped here. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* Milliseconds between two looks at a terminal that has most likely said its last. */
enum { LOOK = 20 };

/* Entries of every poll: the carrier of frames, the signals, the shell's end; three more for each command. */
enum { CARRIER, SIGNALS, SHELL, FIXED };

static struct pollfd *entries(size_t count)
{
	static struct pollfd *polled;
	static size_t capacity;

	if (count > capacity) {
		capacity = count * 2;
		polled = must(realloc(polled, capacity * sizeof *polled));
	}
	return polled;
}

/* What to wait for, until it happens or there is something to do anyway; false if that cannot be. */
static bool wait_for_events(int listener, bool *shell_ended)
{
	size_t count = FIXED;
	struct pollfd *polled;
	uint8_t drain[64];
	int patience = transport->patience();

	for (struct command *c = commands; c; c = c->next) {
		count += 3;
		if (lingers(c) && (patience < 0 || patience > LOOK))
			patience = LOOK;
	}
	polled = entries(count);
	polled[CARRIER].fd = transport->descriptor(&polled[CARRIER].events);
	polled[SIGNALS] = (struct pollfd){.fd = wake[0], .events = POLLIN};
	polled[SHELL] = (struct pollfd){.fd = listener, .events = POLLIN};
	count = FIXED;
	for (struct command *c = commands; c; c = c->next) {
		bool room = c->credit && to_host.length <= HIGH_WATER;

		/* With nothing to write it is left out: a pipe that the command has closed polls as broken without end. */
		polled[count++] = (struct pollfd){.fd = c->input.length ? c->in : -1, .events = POLLOUT};
		polled[count++] = (struct pollfd){.fd = room ? c->out : -1, .events = POLLIN};
		polled[count++] = (struct pollfd){.fd = room ? c->err : -1, .events = POLLIN};
	}
	if (poll(polled, count, patience) < 0 && errno != EINTR)
		return false;
	while (read(wake[0], drain, sizeof drain) > 0)
		;
	*shell_ended = polled[SHELL].revents & POLLIN;
	return true;
}

static int loop(int listener)
{
	bool shell_ended;

	while (wait_for_events(listener, &shell_ended)) {
		struct command *next;

		reap();
		transport->receive();
		if (shell_ended)
			accept_shell_exit(listener);
		for (struct command *c = commands; c; c = next) {
			next = c->next;
			serve(c);
		}
		if (!transport->deliver())
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "shell-exit"))
		return tell_shell_exit(argv[2]);
	if (argc >= 3 && !strcmp(argv[1], "console"))
		return run_on_console(argv + 2);
	set_up();
	if (argc == 2 && !strcmp(argv[1], "gem5")) {
		transport = gem5_open();
		return transport ? loop(-1) : 1;
	}
	transport = virtio_open();
	return transport ? loop(listen_for_shell_exit()) : 0;
}
