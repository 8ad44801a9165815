/* The virtio-serial port `org.lkmc.agent`: the host speaks first, and may come and go. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define PORT_NAME "org.lkmc.agent"

static struct buffer from_host;
static int port = -1;
static bool hung_up;

static void act(void)
{
	for (;;) {
		const uint8_t *data = from_host.data + from_host.start;
		uint32_t length;

		if (from_host.length && data[0] == NOP) {
			consume(&from_host, 1);
			continue;
		}
		if (from_host.length < HEADER)
			return;
		length = get32(data + 5);
		if (length > MAX_PAYLOAD) {
			/* Out of step: the host notices that no answer comes, and sends zeros. */
			consume(&from_host, 1);
			continue;
		}
		if (from_host.length < HEADER + length)
			return;
		handle((enum type)data[0], get32(data + 1), data + HEADER, length);
		consume(&from_host, HEADER + length);
	}
}

static void host_gone(void)
{
	connected = false;
	kill_all();
	release(&to_host);
	release(&from_host);
}

/* Reads all there is; false once the host has disconnected. */
static bool read_port(void)
{
	static uint8_t chunk[65536];
	ssize_t n;

	/* Bounded, so that a fast host does not starve the commands. */
	for (int i = 0; i < 16; i++) {
		n = read(port, chunk, sizeof chunk);
		if (n > 0) {
			append(&from_host, chunk, (size_t)n);
			act();
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else {
			return n < 0 && errno == EAGAIN;
		}
	}
	return true;
}

static void write_port(void)
{
	while (to_host.length) {
		ssize_t n = write(port, to_host.data + to_host.start, to_host.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		consume(&to_host, (size_t)n);
	}
}

static bool read_name(const char *entry, char *name, size_t size)
{
	char path[512];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, name, size - 1);
	close(fd);
	if (n <= 0)
		return false;
	name[n] = 0;
	name[strcspn(name, "\n")] = 0;
	return true;
}

static int open_port(void)
{
	char name[128], path[512];
	struct dirent *entry;
	int fd = -1;
	DIR *dir = opendir("/sys/class/virtio-ports");

	while (dir && fd < 0 && (entry = readdir(dir)))
		if (entry->d_name[0] != '.' && read_name(entry->d_name, name, sizeof name) && !strcmp(name, PORT_NAME)) {
			snprintf(path, sizeof path, "/dev/%s", entry->d_name);
			fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		}
	if (dir)
		closedir(dir);
	return fd;
}

/* The port appears a moment after its driver has started. A machine without one (gem5) has no use for us. */
static int wait_for_port(void)
{
	const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};

	for (int i = 0; i < 2000; i++) {
		int fd = open_port();

		if (fd >= 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	return -1;
}


/* ---- as a transport ---- */

static int descriptor(short *events)
{
	*events = to_host.length ? POLLIN | POLLOUT : POLLIN;
	/* While nobody is connected the port polls as hung up without end: SIGIO, or the timeout, tells of a change. */
	return hung_up ? -1 : port;
}

static int patience(void)
{
	return hung_up ? 1000 : -1;
}

static void receive(void)
{
	hung_up = !read_port();
	if (hung_up && connected)
		host_gone();
}

static bool deliver(void)
{
	write_port();
	return true;
}

void virtio_flush(void)
{
	for (int i = 0; i < 200 && connected && to_host.length; i++) {
		struct pollfd p = {.fd = port, .events = POLLOUT};

		write_port();
		if (to_host.length)
			poll(&p, 1, 5);
	}
}

const struct transport *virtio_open(void)
{
	static const struct transport virtio = {
		.descriptor = descriptor, .patience = patience, .receive = receive, .deliver = deliver, .credits = true,
	};

	port = wait_for_port();
	if (port < 0)
		return NULL;
	spare_agent();
	/* The driver sends SIGIO when the host connects or disconnects. */
	fcntl(port, F_SETOWN, getpid());
	fcntl(port, F_SETFL, fcntl(port, F_GETFL) | O_ASYNC);
	return &virtio;
}
