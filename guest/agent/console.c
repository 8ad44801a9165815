/* The shell on the console: it gets a session of its own, and its status is told to the host. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

#define SOCKET "/run/lkmc-agent.sock"

static struct sockaddr_un socket_address(void)
{
	return (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = SOCKET};
}

int listen_for_shell_exit(void)
{
	struct sockaddr_un address = socket_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink(SOCKET);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof address) || chmod(SOCKET, 0600) || listen(fd, 4)))
		close_fd(&fd);
	return fd;
}

/* The peer waits for our end to close, and may power the machine off then: the frame must have left by that time. */
void accept_shell_exit(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	/* Whoever connects and says nothing must not stop all commands. */
	struct timeval patience = {.tv_sec = 1};
	uint8_t status[4];

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (read(fd, status, sizeof status) == sizeof status) {
		send_frame(SHELL_EXIT, 0, status, sizeof status);
		virtio_flush();
	}
	close(fd);
}

int tell_shell_exit(const char *text)
{
	struct sockaddr_un address = socket_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t status[4], end;

	alarm(3);
	put32(status, (uint32_t)atoi(text));
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) || write(fd, status, 4) != 4)
		return 1;
	return read(fd, &end, 1) ? 1 : 0;
}

/* /dev/console itself cannot control a session: its terminal is the last one that the kernel names. */
static int open_console(void)
{
	char names[256], path[300];
	int fd = open("/sys/class/tty/console/active", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, names, sizeof names - 1);
	char *last;

	close_fd(&fd);
	if (n <= 0)
		return open("/dev/console", O_RDWR);
	names[n] = 0;
	names[strcspn(names, "\n")] = 0;
	last = strrchr(names, ' ');
	snprintf(path, sizeof path, "/dev/%s", last ? last + 1 : names);
	fd = open(path, O_RDWR | O_NOCTTY);
	return fd < 0 ? open("/dev/console", O_RDWR) : fd;
}

int run_on_console(char **argv)
{
	struct refusal refusal;
	int fd;

	for (int number = 1; number < 32; number++)
		signal(number, SIG_DFL);
	setsid();
	fd = open_console();
	if (fd >= 0) {
		ioctl(fd, TIOCSCTTY, 1);
		for (int i = 0; i < 3; i++)
			dup2(fd, i);
		if (fd > 2)
			close(fd);
	}
	refusal = execute_program(argv, environ);
	fprintf(stderr, "%s: %s\n", argv[0], reason(refusal));
	return 127;
}
