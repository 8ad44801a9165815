/*
 * A plugin of QEMU's translator that says which code the guest executes, to the lkmc that listens on a socket.
 *
 * QEMU translates code in blocks. Each block gets a number when it is executed for the first time, and is described then:
 * where it is, and its instructions. From then on the number is enough, and where a block follows its predecessor as it did the
 * last time, not even that: only the count of such steps is written. src/trace/blocks.rs reads it.
 *
 * A block that an exception ends early is followed by how many of its instructions were begun: each adds one to a counter.
 * That is exact because lkmc has all processors in one thread (`-accel tcg,thread=single`).
 */
#define _GNU_SOURCE
#include "plugin.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

EXPORT int qemu_plugin_version = PLUGIN_VERSION;

/* What is sent: a header, then so many bytes. */
struct frame {
	uint32_t kind;
	uint32_t length;
};

enum kind {
	/* A part of the trace. */
	DATA = 0,
	/* Recording has begun. */
	BEGUN = 1,
	/* It has ended; how many instructions were executed meanwhile, 8 bytes. */
	ENDED = 2,
};

/* What lkmc asks for, a byte each. */
enum request {
	BEGIN = 'b',
	END = 'e',
	/* Count on, and send nothing any more. */
	COUNT = 'c',
};

/* The lowest two bits of a number in the trace, and what the others are then. */
enum token {
	/* So many blocks, each the one that followed its predecessor the last time. */
	FOLLOW = 0,
	/* This block. A description stands behind the first mention. */
	BLOCK = 1,
	/* So many instructions of the block before were begun. */
	CUT = 2,
	/* The blocks behind are executed by this processor. */
	PROCESSOR = 3,
};

struct block {
	struct block *same_hash;
	/* Which followed it the last time. */
	struct block *follower;
	uint64_t address;
	uint64_t hash;
	uint32_t instructions;
	/* 0 until it is executed. */
	uint32_t number;
	/* Until it is sent. */
	unsigned char *description;
	size_t length;
};

enum { BUCKETS = 1 << 18, CAPACITY = 1 << 16, LONGEST_NUMBER = 10 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static bool recording;
/* Also read without the mutex: what is missed at the very beginning was on its way before. */
static bool sending;
static int connection = -1;

/* Instructions that were begun, of all processors; generated code counts. */
static uint64_t begun;
/* What it was when recording began, and when the last block did. */
static uint64_t begun_first, begun_before;

static struct block *blocks[BUCKETS];
static uint32_t described;
static struct block *last;
static unsigned int last_processor;
static uint64_t following;

static struct {
	struct frame frame;
	unsigned char bytes[CAPACITY];
} out = { .frame = { .kind = DATA } };

/* Without lkmc there is no trace, but a guest all the same. */
static void all(const void *bytes, size_t length)
{
	while (length > 0 && connection >= 0) {
		ssize_t sent = send(connection, bytes, length, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			recording = sending = false;
			connection = -1;
			return;
		}
		bytes = (const char *)bytes + sent;
		length -= sent;
	}
}

static void flush(void)
{
	if (out.frame.length > 0)
		all(&out, sizeof(out.frame) + out.frame.length);
	out.frame.length = 0;
}

static void answer(enum kind kind, const void *bytes, uint32_t length)
{
	struct frame frame = { .kind = kind, .length = length };

	flush();
	all(&frame, sizeof(frame));
	all(bytes, length);
}

static unsigned char *put_number(unsigned char *to, uint64_t number)
{
	for (; number >= 0x80; number >>= 7)
		*to++ = (number & 0x7f) | 0x80;
	*to++ = number;
	return to;
}

static void put_bytes(const void *bytes, size_t length)
{
	if (out.frame.length + length > CAPACITY)
		flush();
	/* No description is as long as the buffer: a block has at most 512 instructions. */
	if (length > CAPACITY)
		abort();
	memcpy(out.bytes + out.frame.length, bytes, length);
	out.frame.length += length;
}

static void put(enum token token, uint64_t value)
{
	unsigned char bytes[LONGEST_NUMBER];

	put_bytes(bytes, put_number(bytes, value << 2 | token) - bytes);
}

static void put_following(void)
{
	if (following > 0)
		put(FOLLOW, following);
	following = 0;
}

/* The block before is over. If it did not come to its end, that is said. */
static void end_last(void)
{
	uint64_t done = begun - begun_before;

	if (last && done < last->instructions) {
		put_following();
		put(CUT, done);
	}
}

static void describe(struct block *block)
{
	block->number = ++described;
	put(BLOCK, block->number);
	put_bytes(block->description, block->length);
	free(block->description);
	block->description = NULL;
}

static void executed(unsigned int processor, void *data)
{
	struct block *block = data;

	if (!__atomic_load_n(&sending, __ATOMIC_RELAXED))
		return;
	pthread_mutex_lock(&mutex);
	if (sending) {
		/* What was left of the block at whose middle recording began is in no trace. */
		if (!last)
			begun_first = begun;
		end_last();
		if (processor != last_processor) {
			put_following();
			put(PROCESSOR, processor);
			last_processor = processor;
		}
		if (last && last->follower == block) {
			following++;
		} else {
			put_following();
			if (block->number == 0)
				describe(block);
			else
				put(BLOCK, block->number);
			if (last)
				last->follower = block;
		}
		last = block;
		begun_before = begun;
	}
	pthread_mutex_unlock(&mutex);
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t length)
{
	for (const unsigned char *byte = bytes; length > 0; byte++, length--)
		hash = (hash ^ *byte) * 0x100000001b3;
	return hash;
}

/* Where it is and how many instructions it has; then of each its size, its bytes, and what it is in words. */
static void translate(struct block *block, const struct qemu_plugin_tb *code)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);
	unsigned char number[2 * LONGEST_NUMBER];

	if (!to)
		abort();
	fwrite(number, 1, put_number(put_number(number, block->address), block->instructions) - number, to);
	for (size_t at = 0; at < block->instructions; at++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(code, at);
		char *words = qemu_plugin_insn_disas(instruction);
		size_t long_as = words ? strnlen(words, 100) : 0;
		size_t size = qemu_plugin_insn_size(instruction);

		fwrite(number, 1, put_number(number, size) - number, to);
		fwrite(qemu_plugin_insn_data(instruction), 1, size, to);
		fwrite(number, 1, put_number(number, long_as) - number, to);
		if (words)
			fwrite(words, 1, long_as, to);
		free(words);
	}
	if (fclose(to) != 0)
		abort();
	block->description = (unsigned char *)text;
	block->length = length;
}

/* The same code may be translated again; it keeps its number. */
static struct block *find(const struct qemu_plugin_tb *code)
{
	struct block key = { .instructions = qemu_plugin_tb_n_insns(code) };
	struct block **bucket, *block;

	key.address = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(code, 0));
	key.hash = mix(0xcbf29ce484222325, &key.address, sizeof(key.address));
	for (size_t at = 0; at < key.instructions; at++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(code, at);

		key.hash = mix(key.hash, qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction));
	}
	bucket = &blocks[(key.hash ^ key.hash >> 32) % BUCKETS];
	for (block = *bucket; block; block = block->same_hash)
		if (block->hash == key.hash && block->address == key.address && block->instructions == key.instructions)
			return block;
	block = malloc(sizeof(*block));
	if (!block)
		abort();
	*block = key;
	translate(block, code);
	block->same_hash = *bucket;
	*bucket = block;
	return block;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *code)
{
	size_t instructions = qemu_plugin_tb_n_insns(code);
	struct block *block;

	(void)id;
	if (instructions == 0)
		return;
	pthread_mutex_lock(&mutex);
	block = find(code);
	pthread_mutex_unlock(&mutex);
	qemu_plugin_register_vcpu_tb_exec_cb(code, executed, QEMU_PLUGIN_CB_NO_REGS, block);
	for (size_t at = 0; at < instructions; at++)
		qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_tb_get_insn(code, at), QEMU_PLUGIN_INLINE_ADD_U64,
							   &begun, 1);
}

static void begin(void)
{
	recording = sending = true;
	last = NULL;
	last_processor = 0;
	begun_first = begun;
}

static void end(void)
{
	uint64_t count = begun - begun_first;

	if (!recording)
		return;
	if (sending) {
		end_last();
		put_following();
	}
	recording = sending = false;
	answer(ENDED, &count, sizeof(count));
}

static void *serve(void *nothing)
{
	char request;
	ssize_t length;

	while ((length = recv(connection, &request, 1, 0)) == 1 || (length < 0 && errno == EINTR)) {
		if (length < 0)
			continue;
		pthread_mutex_lock(&mutex);
		switch ((enum request)request) {
		case BEGIN:
			begin();
			answer(BEGUN, NULL, 0);
			break;
		case COUNT:
			sending = false;
			out.frame.length = 0;
			break;
		case END:
			end();
			break;
		}
		pthread_mutex_unlock(&mutex);
	}
	return nothing;
}

/* A guest that switches itself off ends QEMU. */
static void ended(qemu_plugin_id_t id, void *data)
{
	(void)id, (void)data;
	pthread_mutex_lock(&mutex);
	end();
	pthread_mutex_unlock(&mutex);
}

static int join(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return connect(connection, (struct sockaddr *)&address, sizeof(address));
}

/* `socket=PATH` and, to record from the first instruction on, `boot=on`. */
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments)
{
	pthread_t thread;

	(void)info;
	for (int at = 0; at < count; at++) {
		if (strncmp(arguments[at], "socket=", 7) == 0 && join(arguments[at] + 7) != 0) {
			fprintf(stderr, "trace: cannot connect to %s: %s\n", arguments[at] + 7, strerror(errno));
			return -1;
		}
		if (strcmp(arguments[at], "boot=on") == 0)
			begin();
	}
	if (connection < 0 || pthread_create(&thread, NULL, serve, NULL) != 0)
		return -1;
	pthread_detach(thread);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, ended, NULL);
	return 0;
}
