// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hear of every fork, exec and exit in the system as it happens, from the kernel's process event
 * connector.
 *
 * A program that wants to know which processes come and go need not read /proc again and again:
 * the kernel multicasts an event over a netlink socket, before the process goes on. Subscribing
 * is one message (PROC_CN_MCAST_LISTEN); only root may.
 *
 *     ./proc_events                    print the events of all processes, for ever
 *     ./proc_events COMMAND [ARG...]   those of a command and its descendants, until it exits
 *
 * In the demo a shell starts `true`, waits for it, and exits with 3. Notice the difference
 * between fork and exec: first there is a second shell (fork), then that one becomes `true`
 * (exec) and keeps its process id. exit_code is what wait(2) tells the parent: 3 * 256 for an
 * exit status of 3, or the number of the signal that killed it (SIGCHLD, 17, is what the parent
 * gets). What a shell does itself, like `echo`, makes no event.
 *
 * tid is a thread and pid its process: the kernel's own words are pid and tgid. An event names no
 * program and no user; by the time that it is read, /proc may or may not still know.
 *
 * Sources: kernel documentation, driver-api/connector.rst; kernel source,
 * drivers/connector/cn_proc.c.
 *
 * [lkmc]
 * kconfig = ["PROC_EVENTS=y"]
 *
 * [[lkmc.run]]
 * guest = "./proc_events sh -c 'echo a > /dev/null; /bin/true; exit 3'"
 * stdout = """
 * set mcast listen ok
 * exec: tid={dec:shell} pid={dec:shell}
 * fork: parent tid={dec:shell} pid={dec:shell} -> child tid={dec:true} pid={dec:true}
 * exec: tid={dec:true} pid={dec:true}
 * exit: tid={dec:true} pid={dec:true} exit_code=0
 * exit: tid={dec:shell} pid={dec:shell} exit_code=768
 * """
 *
 * [[lkmc.run]]
 * name = "user"
 * guest = "./proc_events chpst -u 1000:1000 true"
 * stdout = """
 * set mcast listen ok
 * exec: tid={dec:it} pid={dec:it}
 * gid: tid={dec:it} pid={dec:it} real=1000 effective=1000
 * uid: tid={dec:it} pid={dec:it} real=1000 effective=1000
 * exec: tid={dec:it} pid={dec:it}
 * exit: tid={dec:it} pid={dec:it} exit_code=0
 * """
 * [/lkmc]
 */
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_FOLLOWED 4096

/* Processes whose events are printed: the command and its descendants. Zero: those of all. */
static pid_t followed[MAX_FOLLOWED];
static size_t followed_count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static bool follows(pid_t pid)
{
	for (size_t i = 0; i < followed_count; i++)
		if (followed[i] == pid)
			return true;
	return !followed_count;
}

static void follow(pid_t pid)
{
	if (followed_count && followed_count < MAX_FOLLOWED)
		followed[followed_count++] = pid;
}

/* A socket that the process events of the kernel arrive at. */
static int listen_to_events(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = CN_IDX_PROC,
	};
	/* One message in another: netlink's header, connector's header, the order. */
	struct __attribute__((packed, aligned(NLMSG_ALIGNTO))) {
		struct nlmsghdr netlink;
		struct cn_msg connector;
		enum proc_cn_mcast_op order;
	} request = {
		.netlink = { .nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE },
		.connector = {
			.id = { .idx = CN_IDX_PROC, .val = CN_VAL_PROC },
			.len = sizeof(request.order),
		},
		.order = PROC_CN_MCAST_LISTEN,
	};
	int events = socket(PF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_CONNECTOR);

	if (events < 0)
		die("socket");
	if (bind(events, (struct sockaddr *)&address, sizeof(address)))
		die("bind");
	if (send(events, &request, sizeof(request), 0) != sizeof(request))
		die("send");
	return events;
}

static void print_fork(const struct proc_event *event)
{
	if (!follows(event->event_data.fork.parent_tgid))
		return;
	printf("fork: parent tid=%d pid=%d -> child tid=%d pid=%d\n",
	       event->event_data.fork.parent_pid, event->event_data.fork.parent_tgid,
	       event->event_data.fork.child_pid, event->event_data.fork.child_tgid);
	follow(event->event_data.fork.child_tgid);
}

static void print_ids(const char *kind, const struct proc_event *event)
{
	/* Users and groups share a structure. */
	if (follows(event->event_data.id.process_tgid))
		printf("%s: tid=%d pid=%d real=%u effective=%u\n", kind,
		       event->event_data.id.process_pid, event->event_data.id.process_tgid,
		       event->event_data.id.r.ruid, event->event_data.id.e.euid);
}

/* False once the process `until` has exited. */
static bool print_event(const struct proc_event *event, pid_t until)
{
	switch (event->what) {
	case PROC_EVENT_FORK:
		print_fork(event);
		break;
	case PROC_EVENT_EXEC:
		if (follows(event->event_data.exec.process_tgid))
			printf("exec: tid=%d pid=%d\n", event->event_data.exec.process_pid,
			       event->event_data.exec.process_tgid);
		break;
	case PROC_EVENT_UID:
		print_ids("uid", event);
		break;
	case PROC_EVENT_GID:
		print_ids("gid", event);
		break;
	case PROC_EVENT_EXIT:
		if (follows(event->event_data.exit.process_tgid))
			printf("exit: tid=%d pid=%d exit_code=%d\n",
			       event->event_data.exit.process_pid,
			       event->event_data.exit.process_tgid,
			       event->event_data.exit.exit_code);
		return event->event_data.exit.process_pid != until;
	default:
		break;
	}
	return true;
}

/* Reads one event into `event`. */
static void next_event(int events, struct proc_event *event)
{
	char buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	const struct cn_msg *message = NLMSG_DATA((struct nlmsghdr *)buffer);
	ssize_t length;

	do {
		length = recv(events, buffer, sizeof(buffer), 0);
		/* ENOBUFS: more events came than we could read, and some are lost. */
		if (length < 0 && errno != EINTR && errno != ENOBUFS)
			die("recv");
	} while (length < (ssize_t)(NLMSG_HDRLEN + sizeof(*message) + sizeof(*event)) ||
		 message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC);
	/* The data is not aligned for 64-bit members. */
	memcpy(event, message->data, sizeof(*event));
}

/* Starts the command. It gets going when `start` is closed. */
static pid_t prepare(char **argv, int *start)
{
	int gate[2];
	char byte;
	pid_t pid;

	if (pipe(gate))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid) {
		close(gate[0]);
		*start = gate[1];
		return pid;
	}
	close(gate[1]);
	if (read(gate[0], &byte, 1) < 0)
		die("read");
	close(gate[0]);
	execvp(argv[0], argv);
	die(argv[0]);
	return -1;
}

int main(int argc, char **argv)
{
	struct proc_event event;
	pid_t command = 0;
	int start, events;

	/* In files and pipes too, whoever reads sees each line when it happens. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1) {
		command = prepare(argv + 1, &start);
		followed[followed_count++] = command;
	}
	events = listen_to_events();
	/* The kernel acknowledges with an event of its own. */
	do
		next_event(events, &event);
	while (event.what != PROC_EVENT_NONE);
	if (event.event_data.ack.err) {
		fprintf(stderr, "the kernel refuses: %s\n", strerror(event.event_data.ack.err));
		return 1;
	}
	puts("set mcast listen ok");

	if (command)
		close(start);
	do
		next_event(events, &event);
	while (print_event(&event, command));
	return waitpid(command, NULL, 0) != command;
}
