/*
 * What the agent's files share. main.c says what the agent is; src/guest/protocol.rs is the other end and describes
 * every frame; the two change together.
 */
#ifndef LKMC_AGENT_H
#define LKMC_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAGIC "lkmc-agent-hello"
#define VERSION 4
#define HEADER 9
#define MAX_PAYLOAD 65536u
#define WINDOW (256u * 1024)
/* Arguments and environment of one command; the kernel's own limit is lower. */
#define MAX_SPEC (16u * 1024 * 1024)
/* No output is taken from commands while this much waits for the host. */
#define HIGH_WATER (512u * 1024)

enum type {
	NOP = 0, HELLO = 1, SPEC = 2, START = 3, STDIN = 4, STDIN_EOF = 5, SIGNAL = 6, CREDIT = 7, WINSIZE = 8, SYNC = 9,
	LAST_REQUEST = SYNC,
	STDOUT = 65, STDERR = 66, EXIT = 67, STDIN_CLOSED = 68, SHELL_EXIT = 69, DONE = 70,
};

enum exit_kind { EXITED = 0, SIGNALLED = 1, NOT_STARTED = 2, FOREIGN = 3, NO_LOADER = 4 };
/* With NO_LOADER: what the loader that is missing would have loaded. */
enum { OF_PROGRAM = 1, OF_SCRIPT = 2 };

/* START flags. */
#define DETACHED 1u
#define MEASURED 2u
/* Its size stands in the same number, as in a SIGNAL: rows << 8, columns << 20. */
#define TERMINAL 4u
#define ROWS(number) ((number) >> 8 & 0xfff)
#define COLUMNS(number) ((number) >> 20)

/* ---- buffer.c ---- */

struct buffer {
	uint8_t *data;
	size_t start, length, capacity;
};

void *must(void *memory);
void append(struct buffer *b, const void *data, size_t length);
void consume(struct buffer *b, size_t length);
void release(struct buffer *b);
void put32(uint8_t *to, uint32_t value);
uint32_t get32(const uint8_t *from);
void close_fd(int *fd);
void nonblocking(int fd);

/* ---- what carries frames: virtio.c, gem5.c ---- */

struct transport {
	/* Where to poll, and for what; -1 for nowhere. */
	int (*descriptor)(short *events);
	/* How long the loop may sleep, as for poll. */
	int (*patience)(void);
	/* Acts upon what the host has said. */
	void (*receive)(void);
	/* Passes on what waits in `to_host`; false once the conversation is over. */
	bool (*deliver)(void);
	/* A measured command is about to start, or has just ended; null where nothing can be measured. */
	void (*measure)(bool begins);
	/* Whether the host grants credit as it reads. */
	bool credits;
};

extern const struct transport *transport;
extern struct buffer to_host;
extern bool connected;

/* Null, after a while, on a machine that has no port. */
const struct transport *virtio_open(void);
/* Waits a moment for everything to leave. */
void virtio_flush(void);
/* The machine is at its prompt: this returns in each run that is restored from here. Null if there is no request. */
const struct transport *gem5_open(void);

/* ---- frames.c ---- */

void send_frame(enum type type, uint32_t id, const void *payload, size_t length);
void send_number(enum type type, uint32_t id, uint32_t value);
void send_exit(uint32_t id, enum exit_kind kind, uint32_t value);

/* ---- commands.c ---- */

struct command {
	struct command *next;
	uint32_t id;
	pid_t pid;               /* 0 until started */
	struct buffer spec;      /* NUL-terminated strings, each after a letter: Aargument Ename=value Ddirectory */
	struct buffer input;     /* on its way to the command's standard input */
	bool input_ended;
	int in, out, err;        /* our ends of the pipes, or -1 */
	uint32_t credit;         /* bytes of output that the host will still take */
	bool measured;
	bool terminal;           /* `in` and `out` are the master's */
	long quiet_since;        /* of a terminal whose command has been reaped: milliseconds */
	bool reaped;
	int status;              /* as from waitpid, once reaped */
	int out_left, err_left;  /* once reaped: what was in the pipes then; later bytes are not the command's */
};

extern struct command *commands;

struct command *find(uint32_t id);
struct command *find_or_add(uint32_t id);
/* Nobody waits for them any more. */
void kill_all(void);
void start(struct command *c, uint32_t flags);
/* To its process group; a terminal gets the size that comes with it. */
void send_signal(struct command *c, uint32_t number);
/* Moves pending input into the command; tells the host what room that made. */
void feed(struct command *c);
/* Passes on what the command has written, and its exit; it may be gone after this. */
void serve(struct command *c);
/* Whether its terminal is only waited for to become quiet. */
bool lingers(const struct command *c);
void reap(void);

/* ---- program.c ---- */

/* Why a command was not started: an errno, two machines, or what has no loader, as Exit in protocol.rs says. */
struct refusal {
	enum exit_kind kind;
	uint32_t value;
};

struct refusal refused(int code);
const char *reason(struct refusal refusal);
/* Becomes that program, in place of ours; returns only if that cannot be. */
struct refusal execute_program(char **argv, char **envp);

/* ---- services.c: each that gives something gives 0 or an errno ---- */

uint32_t synchronize(const uint8_t *payload);
uint32_t set_window_size(const uint8_t *payload);
/* From now on a kernel without memory kills others, but for moments in which this is not so. */
void spare_agent(void);
void set_spared(bool spared);

/* ---- requests.c ---- */

void handle(enum type type, uint32_t id, const uint8_t *payload, uint32_t length);

/* ---- console.c: each is a process of its own but for the two about the listener ---- */

int listen_for_shell_exit(void);
void accept_shell_exit(int listener);
int tell_shell_exit(const char *text);
int run_on_console(char **argv);

#endif
