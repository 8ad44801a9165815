/* What the host's frames ask for. */
#include <string.h>

#include "agent.h"

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

void handle(enum type type, uint32_t id, const uint8_t *payload, uint32_t length)
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
		/* Before the start as well: a command that is measured finds its input waiting. */
		if (c && (c->in >= 0 || !c->pid)) {
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
			send_signal(c, get32(payload));
		break;
	case CREDIT:
		if (c && length >= 4)
			c->credit += get32(payload) > UINT32_MAX - c->credit ? UINT32_MAX - c->credit : get32(payload);
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
