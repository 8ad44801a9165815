// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wait for a timer, a signal and a change in a directory in one place: a loop around epoll.
 *
 * read(2) waits for one file. A program with many of them asks epoll, which is told once what to watch and then says which files
 * are ready; what it costs depends on how many are ready and not on how many are watched, as with poll(2). For that, what is no
 * file has to become one:
 *
 *     timerfd    readable when the time has come; what is read is how often
 *     signalfd   readable when one of these signals waits. They have to be blocked, or they would still interrupt
 *     inotify    readable when something has happened in a directory; what is read is what, and to which name
 *     eventfd    readable when its number is not zero: for threads that have something to say
 *
 * So one thread does all of it in turn, and nothing that handles an event has to reckon with being interrupted by another one.
 *
 * With EPOLLET an event is told once, when it comes; without, as here, as long as there is something to read.
 *
 * The demo makes its own events, one after another: each is made when the one before has been seen.
 *
 * Sources: epoll(7), timerfd_create(2), signalfd(2), inotify(7), eventfd(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "mkdir /tmp/watched && ./epoll /tmp/watched"
 * stdout = """
 * nothing is ready: 0
 * timer: 1 time or more: yes
 * signal: User defined signal 1, from this process: yes
 * signal: the same again was blocked meanwhile, and comes once
 * directory: created new
 * event: 42
 * two at once: 2
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* What to do when a file is ready. epoll keeps a pointer for each file. */
struct source {
	int fd;
	void (*handle)(int fd);
};

static int epoll;

static int must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(EXIT_FAILURE);
	}
	return result;
}

static void watch(struct source *source)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = source };

	must(epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event), "epoll_ctl");
}

/* Wait for the next events, and have them handled. */
static int handle_some(int timeout)
{
	struct epoll_event events[4];
	int ready = must(epoll_wait(epoll, events, 4, timeout), "epoll_wait");

	for (int i = 0; i < ready; i++) {
		struct source *source = events[i].data.ptr;

		source->handle(source->fd);
	}
	return ready;
}

static uint64_t read_number(int fd)
{
	uint64_t number;

	must((int)read(fd, &number, sizeof number), "read");
	return number;
}

static void handle_timer(int fd)
{
	printf("timer: 1 time or more: %s\n", read_number(fd) >= 1 ? "yes" : "no");
}

static void handle_signal(int fd)
{
	struct signalfd_siginfo info;

	must((int)read(fd, &info, sizeof info), "read");
	printf("signal: %s, from this process: %s\n", strsignal((int)info.ssi_signo),
	       info.ssi_pid == (uint32_t)getpid() ? "yes" : "no");
}

static void handle_directory(int fd)
{
	/* Events are of different lengths, each with its name behind it. */
	char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *event = (const void *)buffer;

	must((int)read(fd, buffer, sizeof buffer), "read");
	printf("directory: %s %s\n", event->mask & IN_CREATE ? "created" : "something else with", event->name);
}

static void handle_event(int fd)
{
	printf("event: %d\n", (int)read_number(fd));
}

static void handle_nothing(int fd)
{
	(void)fd;
}

int main(int argc, char **argv)
{
	struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
	struct source timer = { must(timerfd_create(CLOCK_MONOTONIC, 0), "timerfd_create"), handle_timer };
	struct source event = { must(eventfd(0, 0), "eventfd"), handle_event };
	struct source directory = { must(inotify_init1(0), "inotify_init1"), handle_directory };
	struct source signals = { -1, handle_signal };
	uint64_t number = 42;
	char path[4096];
	sigset_t set;

	if (argc != 2) {
		fprintf(stderr, "usage: epoll DIRECTORY\n");
		return 2;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals.fd = must(signalfd(-1, &set, 0), "signalfd");
	must(inotify_add_watch(directory.fd, argv[1], IN_CREATE), "inotify_add_watch");
	epoll = must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	watch(&timer);
	watch(&signals);
	watch(&directory);
	watch(&event);

	printf("nothing is ready: %d\n", handle_some(0));
	timerfd_settime(timer.fd, 0, &soon, NULL);
	handle_some(-1);
	/* A signal that waits already does not wait twice. */
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	handle_some(-1);
	if (handle_some(0) == 0)
		puts("signal: the same again was blocked meanwhile, and comes once");
	snprintf(path, sizeof path, "%s/new", argv[1]);
	close(must(open(path, O_CREAT | O_WRONLY, 0600), path));
	handle_some(-1);
	must((int)write(event.fd, &number, sizeof number), "write");
	handle_some(-1);
	/* Not read, they stay ready. */
	event.handle = signals.handle = handle_nothing;
	must((int)write(event.fd, &number, sizeof number), "write");
	kill(getpid(), SIGUSR1);
	printf("two at once: %d\n", handle_some(-1));
	return EXIT_SUCCESS;
}
