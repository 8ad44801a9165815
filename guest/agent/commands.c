/* Commands: processes with three pipes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

/* A terminal that says nothing for so many milliseconds has said everything. */
enum { QUIET = 100 };

struct command *commands;

struct command *find(uint32_t id)
{
	struct command *c = commands;

	while (c && c->id != id)
		c = c->next;
	return c;
}

struct command *find_or_add(uint32_t id)
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

void kill_all(void)
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

static void set_size(int terminal, uint32_t number)
{
	struct winsize size = {
		.ws_row = (unsigned short)ROWS(number),
		.ws_col = (unsigned short)COLUMNS(number),
	};

	ioctl(terminal, TIOCSWINSZ, &size);
}

/* A new terminal: its master, and the other side in `slave`; -1 with errno. */
static int open_terminal(int *slave, uint32_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0)
		return -1;
	*slave = -1;
	if (!grantpt(master) && !unlockpt(master))
		*slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*slave < 0) {
		close_fd(&master);
		return -1;
	}
	set_size(master, size);
	return master;
}

void send_signal(struct command *c, uint32_t number)
{
	/* The kernel tells the foreground processes itself. */
	if (c->terminal && number >> 8)
		set_size(c->in, number);
	else
		kill(-c->pid, (int)(number & 0xff));
}

/* In the child: never returns. */
static void execute(char **argv, char **envp, const char *directory, int in, int out, int err, int report)
{
	sigset_t none;
	struct refusal refusal;

	setsid();
	/* Fails on anything but a terminal. */
	ioctl(in, TIOCSCTTY, 0);
	dup2(in, 0);
	dup2(out, 1);
	dup2(err, 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	/* /init has started us in the background, where a shell ignores these. */
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (directory && chdir(directory))
		refusal = refused(errno);
	else
		refusal = execute_program(argv, envp);
	if (write(report, &refusal, sizeof refusal) != sizeof refusal)
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

void start(struct command *c, uint32_t flags)
{
	char **argv = NULL, **envp = NULL, *directory;
	struct refusal refusal = {EXITED, 0};
	int in[2] = {-1, -1}, out[2] = {-1, -1}, err[2] = {-1, -1}, report[2] = {-1, -1};
	pid_t pid = -1;

	if (c->pid)
		return;
	if (!parse_spec(c, &argv, &envp, &directory)) {
		refusal = refused(EINVAL);
		goto done;
	}
	if (pipe2(report, O_CLOEXEC)) {
		refusal = refused(errno);
		goto done;
	}
	if (flags & DETACHED) {
		in[0] = open("/dev/null", O_RDWR | O_CLOEXEC);
		out[1] = in[0] < 0 ? -1 : fcntl(in[0], F_DUPFD_CLOEXEC, 0);
		err[1] = out[1] < 0 ? -1 : fcntl(in[0], F_DUPFD_CLOEXEC, 0);
		if (err[1] < 0) {
			refusal = refused(errno);
			goto done;
		}
	} else if (flags & TERMINAL) {
		in[1] = open_terminal(&in[0], flags);
		if (in[1] < 0) {
			refusal = refused(errno);
			goto done;
		}
		out[0] = fcntl(in[1], F_DUPFD_CLOEXEC, 0);
		out[1] = fcntl(in[0], F_DUPFD_CLOEXEC, 0);
		err[1] = fcntl(in[0], F_DUPFD_CLOEXEC, 0);
		if (out[0] < 0 || out[1] < 0 || err[1] < 0) {
			refusal = refused(errno);
			goto done;
		}
	} else if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) {
		refusal = refused(errno);
		goto done;
	}
	c->measured = flags & MEASURED && transport->measure;
	if (c->measured)
		transport->measure(true);
	/* What it inherits it need not ask for: whoever looks at its system calls finds only its own. */
	set_spared(false);
	pid = fork();
	if (pid == 0)
		execute(argv, envp, directory, in[0], out[1], err[1], report[1]);
	if (pid < 0)
		refusal = refused(errno);
	set_spared(true);
	close_fd(&report[1]);
	/* Ends at once, with the reason, or with nothing when exec closed the pipe. */
	while (pid > 0 && read(report[0], &refusal, sizeof refusal) < 0 && errno == EINTR)
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
	if (refusal.kind != EXITED) {
		/* Nothing was measured; what comes next is not part of it. */
		if (c->measured)
			transport->measure(false);
		close_fd(&in[1]);
		close_fd(&out[0]);
		close_fd(&err[0]);
		send_exit(c->id, refusal.kind, refusal.value);
		forget(c);
	} else if (flags & DETACHED) {
		send_exit(c->id, EXITED, 0);
		forget(c);
	} else {
		c->pid = pid;
		c->in = in[1];
		c->out = out[0];
		c->err = err[0];
		c->terminal = flags & TERMINAL;
		nonblocking(c->in);
		nonblocking(c->out);
		nonblocking(c->err);
		feed(c);
	}
}

void feed(struct command *c)
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
	if (written && transport->credits)
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
		if (transport->credits)
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

static long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/*
 * What was written to a terminal is on its way for a moment, and nobody says how much that is. Its end is told by a hang-up only if
 * nothing that the command has left behind still has it open.
 */
bool lingers(const struct command *c)
{
	return c->terminal && c->reaped && c->out >= 0;
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
		c->quiet_since = now();
	while (take(c, &c->err, &c->err_left, STDERR))
		;
	if (lingers(c) ? now() - c->quiet_since < QUIET || !c->credit || to_host.length > HIGH_WATER :
	    (c->out >= 0 && c->out_left) || (c->err >= 0 && c->err_left))
		return;
	if (WIFSIGNALED(c->status))
		send_exit(c->id, SIGNALLED, (uint32_t)WTERMSIG(c->status));
	else
		send_exit(c->id, EXITED, (uint32_t)WEXITSTATUS(c->status));
	forget(c);
}

void serve(struct command *c)
{
	feed(c);
	take(c, &c->out, &c->out_left, STDOUT);
	take(c, &c->err, &c->err_left, STDERR);
	finish_if_over(c);
}

void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct command *c = commands; c; c = c->next)
			/* One that has ended may still be listed when its number belongs to somebody else's process. */
			if (c->pid == pid && !c->reaped) {
				if (c->measured)
					transport->measure(false);
				c->reaped = true;
				c->status = status;
				c->quiet_since = now();
				if (c->terminal)
					c->out_left = INT_MAX;
				else if (c->out < 0 || ioctl(c->out, FIONREAD, &c->out_left))
					c->out_left = 0;
				if (c->err < 0 || ioctl(c->err, FIONREAD, &c->err_left))
					c->err_left = 0;
			}
}
