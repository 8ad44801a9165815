/* Bytes on their way, and the like. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

void *must(void *memory)
{
	if (!memory) {
		fputs("lkmc-agent: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

void append(struct buffer *b, const void *data, size_t length)
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

void consume(struct buffer *b, size_t length)
{
	b->start += length;
	b->length -= length;
	if (!b->length)
		b->start = 0;
}

void release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){0};
}

void put32(uint8_t *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(value >> (8 * i));
}

uint32_t get32(const uint8_t *from)
{
	return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void nonblocking(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}
