/*
 * m5: gem5's pseudo-operations for the guest's shell. docs/gem5-guest.md describes it.
 *
 * What is wrong with a command line is said before anything is asked of gem5, which panics at much of it.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "m5ops.h"

#define USAGE 2
#define CHUNK 65536

static uint8_t chunk[CHUNK];

static _Noreturn void usage(const char *format, const char *what)
{
	fputs("m5: ", stderr);
	fprintf(stderr, format, what);
	fputs("\nm5: `m5 --help` lists the commands\n", stderr);
	exit(USAGE);
}

static _Noreturn void failed(const char *what)
{
	fprintf(stderr, "m5: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t number(const char *text)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 0);
	if (*text < '0' || *text > '9' || *end || errno)
		usage("`%s` is not a number from 0 to 2^64 - 1", text);
	return value;
}

/* The first of these arguments, which may be missing. */
static uint64_t optional(char **argv)
{
	return argv[0] ? number(argv[0]) : 0;
}

typedef void pair_of_times(uint64_t delay, uint64_t period);

static void with_times(char **argv, pair_of_times *operation)
{
	uint64_t delay = optional(argv), period = argv[0] ? optional(argv + 1) : 0;

	operation(delay, period);
}

/* ---- what was written before the end ---- */

/* How long the agent may take, in milliseconds of the guest's time. */
#define AGENT_LIMIT 1000

/* Whether an agent has something to do, from its line in /proc: `71 (lkmc-agent) S 1 ...`. */
static bool is_busy_agent(const char *pid)
{
	static const char name[] = "(lkmc-agent) ";
	char path[64], text[128] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(text, sizeof text, file))
		*text = 0;
	fclose(file);
	state = strstr(text, name);
	return state && state[sizeof name - 1] != 'S' && state[sizeof name - 1] != 'Z';
}

static bool agent_is_busy(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	bool busy = false;

	while (processes && !busy && (entry = readdir(processes)))
		busy = *entry->d_name >= '0' && *entry->d_name <= '9' && is_busy_agent(entry->d_name);
	if (processes)
		closedir(processes);
	return busy;
}

/* The simulation ends with the operation, and with it what the agent has yet to pass on. Whatever is written wakes it up, and it
 * sleeps again when it has passed on all of it. */
static void let_the_agent_finish(void)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (int waited = 0; waited < AGENT_LIMIT && agent_is_busy(); waited++)
		nanosleep(&moment, NULL);
}

/* ---- commands; argv begins behind the command's name ---- */

static void do_exit(char **argv)
{
	uint64_t delay = optional(argv);

	let_the_agent_finish();
	m5_exit(delay);
}

static void do_fail(char **argv)
{
	uint64_t status = number(argv[0]), delay = optional(argv + 1);

	let_the_agent_finish();
	m5_fail(delay, status);
}

static void do_checkpoint(char **argv)
{
	with_times(argv, m5_checkpoint);
}

static void do_resetstats(char **argv)
{
	with_times(argv, m5_reset_stats);
}

static void do_dumpstats(char **argv)
{
	with_times(argv, m5_dump_stats);
}

static void do_dumpresetstats(char **argv)
{
	with_times(argv, m5_dump_reset_stats);
}

static void do_workbegin(char **argv)
{
	uint64_t id = number(argv[0]), thread = optional(argv + 1);

	m5_work_begin(id, thread);
}

static void do_workend(char **argv)
{
	uint64_t id = number(argv[0]), thread = optional(argv + 1);

	m5_work_end(id, thread);
}

static void do_initparam(char **argv)
{
	const char *key = argv[0] ? argv[0] : "";

	if (*key && strcmp(key, "dist-rank") && strcmp(key, "dist-size"))
		usage("gem5 has no parameter `%s`: there are dist-rank, dist-size, and the one without a name", key);
	printf("%llu\n", (unsigned long long)m5_init_param(key));
}

static void do_readfile(char **argv)
{
	uint64_t offset = 0;
	size_t length;

	(void)argv;
	while ((length = m5_read_file(chunk, sizeof chunk, offset))) {
		if (fwrite(chunk, 1, length, stdout) != length)
			failed("standard output");
		offset += length;
	}
}

#ifdef __arm__
static _Noreturn void no_place(char **argv)
{
	(void)argv;
	fputs("m5: gem5 panics at writefile and sum of a 32-bit Arm guest: it has no registers for their arguments\n", stderr);
	exit(1);
}
#define do_writefile no_place
#define do_sum no_place
#else
static void do_writefile(char **argv)
{
	const char *name = argv[0];
	FILE *from = stdin;
	uint64_t offset = 0;
	size_t length;

	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		usage("`%s` is no file name: gem5 writes into its own output directory, and no other", name);
	if (argv[1] && !(from = fopen(argv[1], "re")))
		failed(argv[1]);
	/* The first one makes the file, also when there is nothing to write. */
	do {
		length = fread(chunk, 1, sizeof chunk, from);
		if (ferror(from))
			failed(argv[1] ? argv[1] : "standard input");
		if (length || !offset)
			m5_write_file(name, chunk, length, offset);
		offset += length;
	} while (length);
}

static void do_sum(char **argv)
{
	uint64_t n[6] = {0};

	for (int i = 0; argv[i]; i++)
		n[i] = number(argv[i]);
	printf("%llu\n", (unsigned long long)m5_sum(n[0], n[1], n[2], n[3], n[4], n[5]));
}
#endif

static const struct command {
	const char *name;
	int least, most;
	void (*run)(char **argv);
	const char *arguments, *help;
} table[] = {
	{"exit", 0, 1, do_exit, "[DELAY_NS]", "end the simulation"},
	{"fail", 1, 2, do_fail, "STATUS [DELAY_NS]", "end the simulation with a status"},
	{"checkpoint", 0, 2, do_checkpoint, "[DELAY_NS [PERIOD_NS]]", "save the machine; a restored one continues after this"},
	{"resetstats", 0, 2, do_resetstats, "[DELAY_NS [PERIOD_NS]]", "set all statistics to zero"},
	{"dumpstats", 0, 2, do_dumpstats, "[DELAY_NS [PERIOD_NS]]", "write all statistics"},
	{"dumpresetstats", 0, 2, do_dumpresetstats, "[DELAY_NS [PERIOD_NS]]", "write them, then set them to zero"},
	{"readfile", 0, 0, do_readfile, "", "print the file that gem5's `readfile` names"},
	{"writefile", 1, 2, do_writefile, "NAME [FROM]", "write FROM or standard input into gem5's output directory"},
	{"workbegin", 1, 2, do_workbegin, "ID [THREAD]", "a piece of work begins"},
	{"workend", 1, 2, do_workend, "ID [THREAD]", "a piece of work ends"},
	{"initparam", 0, 1, do_initparam, "[KEY]", "print a parameter that gem5 was started with"},
	{"sum", 0, 6, do_sum, "[NUMBER...]", "print the sum of up to six numbers, added by gem5"},
};

#define COMMANDS (sizeof table / sizeof *table)

static void help(void)
{
	puts("m5 [--address[=BASE]] COMMAND: gem5's pseudo-operations\n");
	for (size_t i = 0; i < COMMANDS; i++) {
		int width = 40 - printf("  m5 %s %s", table[i].name, table[i].arguments);

		printf("%*s%s\n", width > 1 ? width : 1, "", table[i].help);
	}
	printf("\n  --address[=BASE]                      by physical address (default %#x) in place of instructions\n",
	       M5_DEFAULT_BASE);
}

/* No machine but gem5 has these instructions. */
static void on_illegal(int signal)
{
	static const char said[] = "m5: this machine is not gem5 (or use --address)\n";

	(void)signal;
	if (write(2, said, sizeof said - 1))
		_exit(1);
	_exit(1);
}

static void on_bus_error(int signal)
{
	static const char said[] = "m5: nothing answers at that address\n";

	(void)signal;
	if (write(2, said, sizeof said - 1))
		_exit(1);
	_exit(1);
}

/* A load from an address that means nothing to the machine may well give a value. */
static bool answers(void)
{
#ifdef __arm__
	uint64_t first = m5_rpns(), second = m5_rpns();

	return first && second >= first && second + 1;
#else
	return m5_sum(1, 20, 300, 4000, 50000, 600000) == 654321;
#endif
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	usage("there is no command `%s`", name);
}

int main(int argc, char **argv)
{
	const struct command *command;
	bool by_address = false;
	uint64_t base = M5_DEFAULT_BASE;
	int at = 1, given;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) {
			help();
			return fflush(stdout) ? 1 : 0;
		}
		if (strncmp(argv[at], "--address", 9) || (argv[at][9] && argv[at][9] != '='))
			usage("there is no option `%s`", argv[at]);
		by_address = true;
		if (argv[at][9])
			base = number(argv[at] + 10);
		if (base % 4096)
			usage("`%s` does not begin a page: the base is a multiple of 4096", argv[at] + 10);
	}
	if (at == argc)
		usage("%s", "a command is missing");
	command = find(argv[at++]);
	given = argc - at;
	if (given < command->least || given > command->most) {
		fprintf(stderr, "m5: usage: m5 %s %s\n", command->name, command->arguments);
		return USAGE;
	}
	signal(SIGILL, on_illegal);
	mlock(chunk, sizeof chunk);
	signal(SIGBUS, on_bus_error);
	/* RISC-V's kernel calls an access fault so (arch/riscv/kernel/traps.c). */
	signal(SIGSEGV, on_bus_error);
	if (by_address && !m5_use_address(base))
		failed("cannot map the operations' addresses from /dev/mem");
	if (by_address && !answers()) {
		fprintf(stderr, "m5: what is at %#llx is not gem5\n", (unsigned long long)base);
		return 1;
	}
	command->run(argv + at);
	if (fflush(stdout))
		failed("standard output");
	return 0;
}
