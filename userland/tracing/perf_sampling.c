// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find out in which kernel function the time of a system call goes: a sampling profiler in one
 * file.
 *
 * A counter can do more than count: after every `sample_period` events it writes a sample into a
 * ring buffer that it shares with the process. Here the event is cpu-clock, a timer that exists
 * on every machine, the period five milliseconds, and a sample holds one thing, the instruction
 * pointer. /proc/kallsyms, the kernel's symbol table, turns it into a name. Where most samples
 * fall, most time is spent. `perf record` and `perf report` do this, with more comfort.
 *
 * The system call is getrandom(2) for many bytes. They come from a ChaCha20 generator, block by
 * block, and each block is copied to the process: the list of functions with 2 % of the samples
 * or more shows both. Samples of user space are excluded, the program only wants to know about
 * the kernel.
 *
 * The ring buffer is one page of control data and a power of two of pages of samples. The kernel
 * advances data_head, the reader data_tail. Once data_head was read, a barrier must come before
 * reading the samples.
 *
 * Sources: perf_event_open(2); kernel documentation, filesystems/proc.rst; kernel source,
 * drivers/char/random.c.
 *
 * [lkmc]
 * kconfig = ["PERF_EVENTS=y", "KALLSYMS=y"]
 *
 * [[lkmc.run]]
 * guest = "./perf_sampling"
 * timeout = "60s"
 * stdout-has = [
 *     "samples: {dec}",
 *     "{any}% chacha_{word}",
 * ]
 * [/lkmc]
 */
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#define DATA_PAGES 16		/* a power of two; one sample takes 16 bytes */
#define WANTED 200		/* samples */
#define ENOUGH 20000		/* system calls after which we give up */
#define MAX_SYMBOLS 200000	/* a kernel of lkmc has a third of that */

struct symbol {
	unsigned long long address;
	char name[64];
	unsigned int hits;
};

struct sample {
	struct perf_event_header header;
	uint64_t ip;
};

static struct symbol *symbols;
static size_t symbol_count;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return (left->address > right->address) - (left->address < right->address);
}

/* Most hits first. */
static int by_hits(const void *a, const void *b)
{
	const struct symbol *left = a, *right = b;

	return (left->hits < right->hits) - (left->hits > right->hits);
}

static void read_symbols(void)
{
	FILE *file = fopen("/proc/kallsyms", "r");
	char line[512];

	symbols = calloc(MAX_SYMBOLS, sizeof(*symbols));
	if (!file || !symbols)
		die("/proc/kallsyms");
	while (symbol_count < MAX_SYMBOLS && fgets(line, sizeof(line), file)) {
		struct symbol *symbol = &symbols[symbol_count];
		char *rest;

		/* "ffffffff81000000 T _text": address, type, name. There are many lines: no sscanf. */
		symbol->address = strtoull(line, &rest, 16);
		/* Text symbols only. Those of Arm's assembler ($a, $x) mark code, and name nothing. */
		if (!strchr("tTwW", rest[1]) || rest[3] == '$')
			continue;
		rest[3 + strcspn(rest + 3, "\t\n")] = '\0';
		snprintf(symbol->name, sizeof(symbol->name), "%s", rest + 3);
		symbol_count++;
	}
	if (!feof(file)) {
		fprintf(stderr, "/proc/kallsyms: more than %d functions, or not readable\n", MAX_SYMBOLS);
		exit(1);
	}
	fclose(file);
	qsort(symbols, symbol_count, sizeof(*symbols), by_address);
}

/* The last symbol that begins at or before the address. */
static struct symbol *resolve(unsigned long long address)
{
	size_t low = 0, high = symbol_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (symbols[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return &symbols[low];
}

/* Takes all samples out of the ring buffer and counts them; returns how many there were. */
static unsigned int drain(struct perf_event_mmap_page *control, size_t page)
{
	char *data = (char *)control + page;
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE);
	uint64_t tail = control->data_tail;
	unsigned int count = 0;

	while (tail < head) {
		/* 16 divides the buffer's size, so a sample never wraps around its end. */
		struct sample *sample = (void *)(data + tail % (DATA_PAGES * page));

		if (sample->header.type == PERF_RECORD_SAMPLE) {
			resolve(sample->ip)->hits++;
			count++;
		}
		tail += sample->header.size;
	}
	__atomic_store_n(&control->data_tail, tail, __ATOMIC_RELEASE);
	return count;
}

int main(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 5000000,	/* nanoseconds */
		.sample_type = PERF_SAMPLE_IP,
		.disabled = 1,
		.exclude_user = 1,
	};
	struct perf_event_mmap_page *control;
	size_t page = getpagesize();
	unsigned int samples = 0;
	static char bytes[65536];
	int event;

	read_symbols();
	event = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (event < 0)
		die("perf_event_open");
	control = mmap(NULL, (1 + DATA_PAGES) * page, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);
	if (control == MAP_FAILED)
		die("mmap");

	ioctl(event, PERF_EVENT_IOC_ENABLE, 0);
	for (int i = 0; i < ENOUGH && samples < WANTED; i++) {
		if (getrandom(bytes, sizeof(bytes), 0) < 0)
			die("getrandom");
		samples += drain(control, page);
	}
	ioctl(event, PERF_EVENT_IOC_DISABLE, 0);

	qsort(symbols, symbol_count, sizeof(*symbols), by_hits);
	printf("samples: %u\n", samples);
	if (!samples)
		return 1;
	for (struct symbol *symbol = symbols; symbol->hits * 50 >= samples; symbol++)
		printf("%3u%% %s\n", symbol->hits * 100 / samples, symbol->name);
	return 0;
}
