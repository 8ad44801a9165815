/*
 * Frames on gem5, where nothing is typed at a running guest: the host's whole part of the conversation is in the file
 * that gem5's `readfile` names, and ours goes to `agent.out` in its output directory, as soon as there is any.
 *
 * Frames are acted upon in their order. A START waits for the commands before it to end, since nobody can; what a
 * command needs stands before the next START. When the request is used up and everything has ended, so does the
 * simulation.
 *
 * docs/gem5-guest.md describes this for users, docs/adr/0018-batch-conversation.md says why it is so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

#include "agent.h"
#include "m5ops.h"

struct header {
	enum type type;
	uint32_t id, length;
};

/* Offset in the request of the first frame that was not acted upon. */
static uint64_t position;

/* The test of this file has its own. */
#ifndef CONSOLE
#define CONSOLE "/dev/console"
#endif

/* One line where lkmc looks for the guest's last words; it has left when this returns. */
static void say(const char *text, uint64_t at)
{
	int fd = open(CONSOLE, O_WRONLY | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (dprintf(fd, text, (unsigned long long)at) > 0)
		tcdrain(fd);
	close(fd);
}

static void on_illegal(int number)
{
	(void)number;
	say("lkmc-agent: this machine is not gem5\n", 0);
	_exit(1);
}

/* ---- the request ---- */

enum look { FRAME, END, BROKEN };

/* The frame at `position`, over the zeros before it. */
static enum look look_ahead(struct header *header)
{
	static uint8_t bytes[HEADER];
	size_t length;

	while ((length = m5_read_file(bytes, HEADER, position)) && bytes[0] == NOP)
		position++;
	if (!length)
		return END;
	*header = (struct header){(enum type)bytes[0], get32(bytes + 1), get32(bytes + 5)};
	if (length < HEADER || header->type > LAST_REQUEST || header->length > MAX_PAYLOAD)
		return BROKEN;
	return FRAME;
}

/* Nothing is done for a request that is not whole. */
static bool is_whole(void)
{
	struct header header;
	enum look seen;
	unsigned frames = 0;
	static uint8_t last;

	for (position = 0; (seen = look_ahead(&header)) == FRAME; frames++) {
		uint64_t end = position + HEADER + header.length;

		if (header.length && !m5_read_file(&last, 1, end - 1)) {
			say("lkmc-agent: the request is cut off: its last frame begins at byte %llu\n", position);
			return false;
		}
		position = end;
	}
	if (seen == BROKEN)
		say("lkmc-agent: the request is broken: there is no frame at byte %llu\n", position);
	else if (!frames)
		say("lkmc-agent: the request is empty: gem5's readfile gives no frames\n", 0);
	position = 0;
	return seen == END && frames;
}

static bool anything_runs(void)
{
	for (struct command *c = commands; c; c = c->next)
		if (c->pid)
			return true;
	return false;
}

static bool has_to_wait(const struct header *header)
{
	const struct command *c;

	switch (header->type) {
	case START:
		return anything_runs();
	case STDIN:
		c = find(header->id);
		return c && c->pid && c->input.length >= WINDOW;
	default:
		return false;
	}
}

/* ---- the answer ---- */

#ifdef __arm__

/* gem5 panics at the write_file operation of a 32-bit guest, so the answer goes to the second serial port, which gem5
 * writes to a file as well: `system.realview.uart1.device` in place of `agent.out`. */
#define ANSWER_PORT 0x1c0a0000ul

static int answer_port = -1;

static unsigned long address_of(int number)
{
	char path[64], text[32] = "";
	int fd;

	snprintf(path, sizeof path, "/sys/class/tty/ttyAMA%d/iomem_base", number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) < 0)
		*text = 0;
	close_fd(&fd);
	return strtoul(text, NULL, 16);
}

static bool open_answer(void)
{
	struct termios mode;
	char path[64];

	for (int number = 0; number < 8 && answer_port < 0; number++)
		if (address_of(number) == ANSWER_PORT) {
			snprintf(path, sizeof path, "/dev/ttyAMA%d", number);
			answer_port = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
		}
	if (answer_port < 0 || tcgetattr(answer_port, &mode))
		return false;
	cfmakeraw(&mode);
	return !tcsetattr(answer_port, TCSANOW, &mode);
}

static void write_answer(const uint8_t *data, size_t length)
{
	while (length) {
		ssize_t n = write(answer_port, data, length);

		if (n < 0 && errno != EINTR)
			break;
		data += n > 0 ? n : 0;
		length -= n > 0 ? (size_t)n : 0;
	}
	tcdrain(answer_port);
}

#else

static bool open_answer(void)
{
	return true;
}

static void write_answer(const uint8_t *data, size_t length)
{
	static uint64_t offset;

	m5_write_file("agent.out", data, length, offset);
	offset += length;
}

#endif

/* ---- as a transport ---- */

static int descriptor(short *events)
{
	*events = 0;
	return -1;
}

/* Sleeps only while it is a command's turn; with nothing left to do, `deliver` has ended the loop. */
static int patience(void)
{
	struct header header;

	return look_ahead(&header) == FRAME && !has_to_wait(&header) ? 0 : -1;
}

static void receive(void)
{
	static uint8_t payload[MAX_PAYLOAD];
	struct header header;

	while (look_ahead(&header) == FRAME && !has_to_wait(&header)) {
		m5_read_file(payload, header.length, position + HEADER);
		position += HEADER + header.length;
		handle(header.type, header.id, payload, header.length);
	}
}

static bool deliver(void)
{
	struct header header;

	if (to_host.length)
		write_answer(to_host.data + to_host.start, to_host.length);
	consume(&to_host, to_host.length);
	if (anything_runs() || look_ahead(&header) == FRAME)
		return true;
	m5_exit(0);
	return false;
}

static void measure(bool begins)
{
	if (begins)
		m5_reset_stats(0, 0);
	else
		m5_dump_stats(0, 0);
}

const struct transport *gem5_open(void)
{
	static const struct transport gem5 = {
		.descriptor = descriptor, .patience = patience, .receive = receive, .deliver = deliver, .measure = measure,
	};

	mlockall(MCL_CURRENT | MCL_FUTURE);
	signal(SIGILL, on_illegal);
	m5_rpns();
	signal(SIGILL, SIG_DFL);
	if (!open_answer()) {
		say("lkmc-agent: this machine has no second serial port for the answer\n", 0);
		m5_fail(0, 1);
		return NULL;
	}
	m5_checkpoint(0, 0);
	if (!is_whole()) {
		m5_fail(0, 1);
		return NULL;
	}
	connected = true;
	return &gem5;
}
