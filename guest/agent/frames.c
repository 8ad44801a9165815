/* Frames to the host. */
#include "agent.h"

struct buffer to_host;
bool connected;

void send_frame(enum type type, uint32_t id, const void *payload, size_t length)
{
	uint8_t header[HEADER] = {(uint8_t)type};

	if (!connected)
		return;
	put32(header + 1, id);
	put32(header + 5, (uint32_t)length);
	append(&to_host, header, HEADER);
	append(&to_host, payload, length);
}

void send_number(enum type type, uint32_t id, uint32_t value)
{
	uint8_t payload[4];

	put32(payload, value);
	send_frame(type, id, payload, sizeof payload);
}

void send_exit(uint32_t id, enum exit_kind kind, uint32_t value)
{
	uint8_t payload[5] = {(uint8_t)kind};

	put32(payload + 1, value);
	send_frame(EXIT, id, payload, sizeof payload);
}
