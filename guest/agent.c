/*
 * The guest agent: runs commands for the host over the virtio-serial port `org.lkmc.agent`.
 *
 * One process, one poll loop, no threads. /init starts it; the host speaks first. src/guest/protocol.rs is the other
 * end and describes every frame; the two files change together.
 *
 * A frame is: u8 type, u32le id, u32le length, then `length` bytes. A zero byte where a type is expected is skipped,
 * so that a host can get in step again with a stream that a killed predecessor left in the middle of a frame: it sends
 * as many zeros as the longest frame has bytes.
 *
 * Flow is controlled by credits in both directions, per command: who sends starts with WINDOW bytes and gets more by
 * CREDIT frames as the receiver gets rid of them. So one command whose output nobody reads never blocks another.
 *
 * `lkmc-agent console COMMAND...` runs a command in a session of its own on the kernel's console, with the signals of a
 * fresh login: a shell script's background jobs would ignore Ctrl-C.
 *
 * `lkmc-agent shell-exit STATUS` is how /init says that the shell on the console has ended: it returns when the host
 * has been told.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PORT_NAME "org.lkmc.agent"
#define MAGIC "lkmc-agent-hello"
#define SOCKET "/run/lkmc-agent.sock"
#define VERSION 1
#define HEADER 9
#define MAX_PAYLOAD 65536u
#define WINDOW (256u * 1024)
/* Arguments and environment of one command; the kernel's own limit is lower. */
#define MAX_SPEC (16u * 1024 * 1024)
/* No output is taken from commands while this much waits for the host. */
#define HIGH_WATER (512u * 1024)

enum type {
	NOP = 0, HELLO = 1, SPEC = 2, START = 3, STDIN = 4, STDIN_EOF = 5, SIGNAL = 6, CREDIT = 7, WINSIZE = 8, SYNC = 9,
	STDOUT = 65, STDERR = 66, EXIT = 67, STDIN_CLOSED = 68, SHELL_EXIT = 69, DONE = 70,
};

enum exit_kind { EXITED = 0, SIGNALLED = 1, NOT_STARTED = 2 };

/* START flags. */
#define DETACHED 1u

struct buffer {
	uint8_t *data;
	size_t start, length, capacity;
};

struct command {
	struct command *next;
	uint32_t id;
	pid_t pid;               /* 0 until started */
	struct buffer spec;      /* NUL-terminated strings, each after a letter: Aargument Ename=value Ddirectory */
	struct buffer input;     /* on its way to the command's standard input */
	bool input_ended;
	int in, out, err;        /* our ends of the pipes, or -1 */
	uint32_t credit;         /* bytes of output that the host will still take */
	bool reaped;
	int status;              /* as from waitpid, once reaped */
	int out_left, err_left;  /* once reaped: what was in the pipes then; later bytes are not the command's */
};

static struct command *commands;
static struct buffer to_host, from_host;
static int port = -1, wake[2];
static bool connected;

static void *must(void *memory)
{
	if (!memory) {
		fputs("lkmc-agent: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

static void append(struct buffer *b, const void *data, size_t length)
{
	if (b->start && b->start + b->length + length > b->capacity) {
		memmove(b->data, b->data + b->start, b->length);
		b->start = 0;
	}
	if (b->length + length > b->capacity) {
		b->capacity = (b->length + length) * 2;
		b->data = must(realloc(b->data, b->capacity));
	}
	if (length)
		memcpy(b->data + b->start + b->length, data, length);
	b->length += length;
}

static void consume(struct buffer *b, size_t length)
{
	b->start += length;
	b->length -= length;
	if (!b->length)
		b->start = 0;
}

static void release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

static void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get32(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static void send_frame(enum type type, uint32_t id, const void *payload, size_t length)
{
	uint8_t header[HEADER] = {(uint8_t)type};

	if (!connected)
		return;
	put32(header + 1, id);
	put32(header + 5, (uint32_t)length);
	append(&to_host, header, HEADER);
	append(&to_host, payload, length);
}

static void send_number(enum type type, uint32_t id, uint32_t value)
{
	uint8_t payload[4];

	put32(payload, value);
	send_frame(type, id, payload, sizeof payload);
}

static void send_exit(uint32_t id, enum exit_kind kind, uint32_t value)
{
	uint8_t payload[5] = {(uint8_t)kind};

	put32(payload + 1, value);
	send_frame(EXIT, id, payload, sizeof payload);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- commands ---- */

static struct command *find(uint32_t id)
{
	struct command *c = commands;

	while (c && c->id != id)
		c = c->next;
	return c;
}

static struct command *find_or_add(uint32_t id)
{
	struct command *c = find(id);

	if (!c) {
		c = must(calloc(1, sizeof *c));
		*c = (struct command){.next = commands, .id = id, .in = -1, .out = -1, .err = -1, .credit = WINDOW};
		commands = c;
	}
	return c;
}

static void forget(struct command *c)
{
	struct command **link = &commands;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	close_fd(&c->in);
	close_fd(&c->out);
	close_fd(&c->err);
	release(&c->spec);
	release(&c->input);
	free(c);
}

/* The host is gone, or a new one has come: nobody waits for these any more. */
static void kill_all(void)
{
	while (commands) {
		if (commands->pid && !commands->reaped)
			kill(-commands->pid, SIGKILL);
		forget(commands);
	}
}

static void close_input(struct command *c)
{
	close_fd(&c->in);
	release(&c->input);
}

/* In the child: never returns. */
static void execute(char **argv, char **envp, const char *directory, int in, int out, int err, int report)
{
	sigset_t none;
	int code;

	setsid();
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (directory && chdir(directory))
		goto fail;
	execvpe(argv[0], argv, envp);
fail:
	code = errno;
	if (write(report, &code, sizeof code) != sizeof code)
		_exit(126);
	_exit(127);
}

/* Cuts the specification into argv and envp, which point into it. */
static bool parse_spec(struct command *c, char ***argv, char ***envp, char **directory)
{
	char *text = (char *)c->spec.data, *end = text + c->spec.length;
	size_t count = 0, a = 0, e = 0;

	if (!c->spec.length || end[-1])
		return false;
	for (char *p = text; p < end; p++)
		count += !*p;
	*argv = must(calloc(count + 1, sizeof **argv));
	*envp = must(calloc(count + 1, sizeof **envp));
	*directory = NULL;
	for (char *p = text; p < end; p += strlen(p) + 1) {
		if (*p == 'A')
			(*argv)[a++] = p + 1;
		else if (*p == 'E')
			(*envp)[e++] = p + 1;
		else if (*p == 'D')
			*directory = p + 1;
	}
	return a > 0;
}

static const char *value_of(char **envp, const char *name)
{
	size_t length = strlen(name);

	for (; *envp; envp++)
		if (!strncmp(*envp, name, length) && (*envp)[length] == '=')
			return *envp + length + 1;
	return NULL;
}

static void start(struct command *c, uint32_t flags)
{
	char **argv = NULL, **envp = NULL, *directory;
	const char *path;
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1}, code = 0;
	pid_t pid = -1;

	if (c->pid)
		return;
	if (!parse_spec(c, &argv, &envp, &directory)) {
		code = EINVAL;
		goto done;
	}
	if (pipe2(report, O_CLOEXEC)) {
		code = errno;
		goto done;
	}
	if (flags & DETACHED) {
		in[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
		out[1] = dup(in[0]);
		err[1] = dup(in[0]);
	} else if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		code = errno;
		goto done;
	}
	/* execvpe looks the program up in our own PATH, which has to be the command's. */
	path = value_of(envp, "PATH");
	if (path)
		setenv("PATH", path, 1);
	pid = fork();
	if (pid == 0)
		execute(argv, envp, directory, in[0], out[1], err[1], report[1]);
	if (pid < 0)
		code = errno;
	close_fd(&report[1]);
	/* Ends at once, with an error number, or with nothing when exec closed the pipe. */
	while (pid > 0 && read(report[0], &code, sizeof code) < 0 && errno == EINTR)
		;
done:
	close_fd(&in[0]);
	close_fd(&out[1]);
	close_fd(&err[1]);
	close_fd(&report[0]);
	close_fd(&report[1]);
	free(argv);
	free(envp);
	release(&c->spec);
	if (code) {
		close_fd(&in[1]);
		close_fd(&out[0]);
		close_fd(&err[0]);
		send_exit(c->id, NOT_STARTED, (uint32_t)code);
		forget(c);
	} else if (flags & DETACHED) {
		send_exit(c->id, EXITED, 0);
		forget(c);
	} else {
		c->pid = pid;
		c->in = in[1];
		c->out = out[0];
		c->err = err[0];
		nonblocking(c->in);
		nonblocking(c->out);
		nonblocking(c->err);
		if (c->input_ended && !c->input.length)
			close_input(c);
	}
}

/* Moves pending input into the command; tells the host what room that made. */
static void feed(struct command *c)
{
	size_t written = 0;

	while (c->in >= 0 && c->input.length) {
		ssize_t n = write(c->in, c->input.data + c->input.start, c->input.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			close_input(c);
			send_frame(STDIN_CLOSED, c->id, NULL, 0);
			return;
		}
		consume(&c->input, (size_t)n);
		written += (size_t)n;
	}
	if (written)
		send_number(CREDIT, c->id, (uint32_t)written);
	if (c->input_ended && !c->input.length)
		close_input(c);
}

/* Passes on what the command has written; false if there is nothing more to have now. */
static bool take(struct command *c, int *fd, int *left, enum type type)
{
	static uint8_t chunk[32768];
	size_t want = c->credit < sizeof chunk ? c->credit : sizeof chunk;
	ssize_t n;

	if (c->reaped && want > (size_t)*left)
		want = (size_t)*left;

	if (*fd < 0 || !want || to_host.length > HIGH_WATER)
		return false;
	n = read(*fd, chunk, want);
	if (n > 0) {
		c->credit -= (uint32_t)n;
		if (c->reaped)
			*left -= (int)n;
		send_frame(type, c->id, chunk, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(fd);
	return false;
}

/*
 * The exit is reported once everything that the command wrote has gone out. Its pipes may stay open beyond that in a
 * process that it left behind; that one is not waited for.
 */
static void finish_if_over(struct command *c)
{
	if (!c->reaped)
		return;
	while (take(c, &c->out, &c->out_left, STDOUT))
		;
	while (take(c, &c->err, &c->err_left, STDERR))
		;
	if ((c->out >= 0 && c->out_left) || (c->err >= 0 && c->err_left))
		return;
	if (WIFSIGNALED(c->status))
		send_exit(c->id, SIGNALLED, (uint32_t)WTERMSIG(c->status));
	else
		send_exit(c->id, EXITED, (uint32_t)WEXITSTATUS(c->status));
	forget(c);
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct command *c = commands; c; c = c->next)
			if (c->pid == pid) {
				c->reaped = true;
				c->status = status;
				if (c->out < 0 || ioctl(c->out, FIONREAD, &c->out_left))
					c->out_left = 0;
				if (c->err < 0 || ioctl(c->err, FIONREAD, &c->err_left))
					c->err_left = 0;
			}
}

/* ---- services ---- */

/* After a restore the guest's clock stands at the time of the snapshot, and its random pool is the snapshot's. */
static uint32_t synchronize(const uint8_t *payload)
{
	struct timespec now = {
		.tv_sec = (time_t)(get32(payload) | (uint64_t)get32(payload + 4) << 32),
		.tv_nsec = (long)get32(payload + 8),
	};
	struct { int entropy_count, buf_size; uint8_t buf[32]; } seed = {256, 32, {0}};
	uint32_t result = 0;
	int fd;

	if (clock_settime(CLOCK_REALTIME, &now))
		result = (uint32_t)errno;
	memcpy(seed.buf, payload + 12, sizeof seed.buf);
	fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) || ioctl(fd, RNDRESEEDCRNG))
		result = (uint32_t)errno;
	close_fd(&fd);
	return result;
}

static uint32_t set_window_size(const uint8_t *payload)
{
	struct winsize size = {
		.ws_row = (unsigned short)(payload[0] | payload[1] << 8),
		.ws_col = (unsigned short)(payload[2] | payload[3] << 8),
	};
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	uint32_t result = fd < 0 || ioctl(fd, TIOCSWINSZ, &size) ? (uint32_t)errno : 0;

	close_fd(&fd);
	return result;
}

static void hello(const uint8_t *payload, uint32_t length)
{
	uint8_t answer[36];

	if (length != sizeof answer || memcmp(payload, MAGIC, 16))
		return;
	kill_all();
	release(&to_host);
	connected = true;
	memcpy(answer, payload, sizeof answer);
	put32(answer + 16, VERSION);
	send_frame(HELLO, 0, answer, sizeof answer);
}

static void handle(enum type type, uint32_t id, const uint8_t *payload, uint32_t length)
{
	struct command *c = find(id);

	switch (type) {
	case HELLO:
		hello(payload, length);
		break;
	case SPEC:
		c = find_or_add(id);
		if (!c->pid && c->spec.length + length <= MAX_SPEC)
			append(&c->spec, payload, length);
		break;
	case START:
		start(find_or_add(id), length >= 4 ? get32(payload) : 0);
		break;
	case STDIN:
		if (c && c->in >= 0) {
			append(&c->input, payload, length);
			feed(c);
		}
		break;
	case STDIN_EOF:
		if (c) {
			c->input_ended = true;
			feed(c);
		}
		break;
	case SIGNAL:
		if (c && c->pid && !c->reaped && length >= 4)
			kill(-c->pid, (int)get32(payload));
		break;
	case CREDIT:
		if (c && length >= 4)
			c->credit += get32(payload);
		break;
	case WINSIZE:
		if (length >= 4)
			send_number(DONE, id, set_window_size(payload));
		break;
	case SYNC:
		if (length >= 44)
			send_number(DONE, id, synchronize(payload));
		break;
	default:
		break;
	}
}

/* ---- the port ---- */

static void parse_input(void)
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
			parse_input();
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

/* ---- the socket of `shell-exit` ---- */

static struct sockaddr_un socket_address(void)
{
	return (struct sockaddr_un){.sun_family = AF_UNIX, .sun_path = SOCKET};
}

static int listen_socket(void)
{
	struct sockaddr_un address = socket_address();
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	unlink(SOCKET);
	if (fd >= 0 && (bind(fd, (struct sockaddr *)&address, sizeof address) || chmod(SOCKET, 0600) || listen(fd, 4)))
		close_fd(&fd);
	return fd;
}

/* The peer waits for our end to close, and may power the machine off then: the frame must have left by that time. */
static void accept_shell_exit(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	uint8_t status[4];

	if (fd < 0)
		return;
	if (read(fd, status, sizeof status) == sizeof status) {
		send_frame(SHELL_EXIT, 0, status, sizeof status);
		for (int i = 0; i < 200 && connected && to_host.length; i++) {
			struct pollfd p = {.fd = port, .events = POLLOUT};

			write_port();
			if (to_host.length)
				poll(&p, 1, 5);
		}
	}
	close(fd);
}

static int tell_shell_exit(const char *text)
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

/* ---- the console ---- */

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

static int run_on_console(char **argv)
{
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
	execvp(argv[0], argv);
	perror(argv[0]);
	return 127;
}

/* ---- the loop ---- */

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
	/* The driver sends SIGIO when the host connects or disconnects. */
	fcntl(port, F_SETOWN, getpid());
	fcntl(port, F_SETFL, fcntl(port, F_GETFL) | O_ASYNC);
}

/* Grows with the number of commands; entry 0 is the port, 1 the signals, 2 the socket. */
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

int main(int argc, char **argv)
{
	bool hung_up = false;
	int listener;

	if (argc == 3 && !strcmp(argv[1], "shell-exit"))
		return tell_shell_exit(argv[2]);
	if (argc >= 3 && !strcmp(argv[1], "console"))
		return run_on_console(argv + 2);
	port = wait_for_port();
	if (port < 0)
		return 0;
	set_up();
	listener = listen_socket();
	for (;;) {
		size_t count = 3;
		struct pollfd *polled;
		struct command *c, *next;
		uint8_t drain[64];

		for (c = commands; c; c = c->next)
			count += 3;
		polled = entries(count);
		/* While nobody is connected the port polls as hung up without end: SIGIO, or the timeout, tells of a change. */
		polled[0] = (struct pollfd){.fd = hung_up ? -1 : port, .events = POLLIN};
		if (to_host.length)
			polled[0].events |= POLLOUT;
		polled[1] = (struct pollfd){.fd = wake[0], .events = POLLIN};
		polled[2] = (struct pollfd){.fd = listener, .events = POLLIN};
		count = 3;
		for (c = commands; c; c = c->next) {
			bool room = c->credit && to_host.length <= HIGH_WATER;

			/* With nothing to write it is left out: a pipe that the command has closed polls as broken without end. */
			polled[count++] = (struct pollfd){.fd = c->input.length ? c->in : -1, .events = POLLOUT};
			polled[count++] = (struct pollfd){.fd = room ? c->out : -1, .events = POLLIN};
			polled[count++] = (struct pollfd){.fd = room ? c->err : -1, .events = POLLIN};
		}
		if (poll(polled, count, hung_up ? 1000 : -1) < 0 && errno != EINTR)
			return 1;
		while (read(wake[0], drain, sizeof drain) > 0)
			;
		reap();
		hung_up = !read_port();
		if (hung_up && connected)
			host_gone();
		if (polled[2].revents & POLLIN)
			accept_shell_exit(listener);
		for (c = commands; c; c = next) {
			next = c->next;
			feed(c);
			take(c, &c->out, &c->out_left, STDOUT);
			take(c, &c->err, &c->err_left, STDERR);
			finish_if_over(c);
		}
		write_port();
	}
}
