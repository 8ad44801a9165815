// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Summarise events where they happen: an eBPF program at a tracepoint counts how much is asked of read(2).
 *
 * A tracer that writes down every event and counts afterwards moves each of them to user space
 * first. With eBPF the counting is done in the kernel, at the event, and what leaves it is the
 * result. bpftrace and the tools of bcc are made of this.
 *
 * The program is attached to `syscalls:sys_enter_read` through a file descriptor of
 * perf_event_open(2). It finds the system call's arguments in a record, whose layout tracefs
 * describes in the event's `format`: on a processor of 32 bits the fields lie elsewhere. It ignores
 * other processes, takes the logarithm of the number of bytes, and adds one to that element of an
 * array.
 *
 * What to notice:
 * - The loop has an end that the verifier can see: a number of 64 bits is zero after 64 shifts.
 * - Nobody switched a tracer on, and the trace buffer stays empty.
 * - The histogram is about this program's own three kinds of reads.
 *
 * Sources: bpf(2), perf_event_open(2); kernel documentation, trace/events.rst.
 *
 * [lkmc]
 * kconfig = ["BPF_EVENTS=y", "FTRACE_SYSCALLS=y"]
 *
 * [[lkmc.run]]
 * guest = "./bpf_tracepoint"
 * stdout = """
 *      1 to      1: ### 3
 *     64 to    127: ##### 5
 *   4096 to   8191: # 1
 * """
 * [/lkmc]
 */
#include <err.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf.h"

#define EVENT "/sys/kernel/tracing/events/syscalls/sys_enter_read/"
#define BUCKETS 64

static FILE *open_event(const char *file)
{
	FILE *stream = fopen(file, "r");

	if (!stream)
		err(1, "%s", file);
	return stream;
}

static unsigned long long event_id(void)
{
	FILE *stream = open_event(EVENT "id");
	unsigned long long id;

	if (fscanf(stream, "%llu", &id) != 1)
		errx(1, EVENT "id: no number");
	fclose(stream);
	return id;
}

/* Where the number of bytes stands in the event's record. */
static void find_count(int *offset, int *size)
{
	FILE *stream = open_event(EVENT "format");
	char line[256];

	while (fgets(line, sizeof(line), stream))
		if (sscanf(line, " field:size_t count; offset:%d; size:%d;", offset, size) == 2) {
			fclose(stream);
			return;
		}
	errx(1, EVENT "format: no field `count`");
}

static int load(int map)
{
	static char log[65536];
	int offset, size;

	find_count(&offset, &size);
	const struct bpf_insn program[] = {
		MOV(R6, R1),
		CALL(BPF_FUNC_get_current_pid_tgid),
		SHIFT_RIGHT(R0, 32),
		JUMP_UNLESS_EQUAL(R0, getpid(), 15),
		/* R6: what is left of the number, R7: how often it has been halved */
		LOAD(size == 8 ? BPF_DW : BPF_W, R6, R6, offset),
		MOV_CONSTANT(R7, 0),
		SHIFT_RIGHT(R6, 1),
		JUMP_IF_EQUAL(R6, 0, 2),
		ADD_CONSTANT(R7, 1),
		JUMP(-4),
		STORE_32(FRAME, -4, R7),
		MOV(R2, FRAME),
		ADD_CONSTANT(R2, -4),
		LOAD_MAP(R1, map),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_IF_EQUAL(R0, 0, 2),
		MOV_CONSTANT(R1, 1),
		ATOMIC_ADD_64(R0, 0, R1),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};
	int fd = bpf_load(BPF_PROG_TYPE_TRACEPOINT, program, LENGTH(program), log, sizeof(log));

	if (fd < 0)
		err(1, "BPF_PROG_LOAD: %s", log);
	return fd;
}

static void attach(int program)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT,
		.size = sizeof(attr),
		.config = event_id(),
	};
	/* Of all processes on processor 0; but the program belongs to the event, and sees all processors. */
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		err(1, "perf_event_open");
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		err(1, "ioctl");
}

static void read_often(int fd, size_t bytes, int times)
{
	char buffer[4096];

	while (times--)
		if (read(fd, buffer, bytes) != (ssize_t)bytes)
			err(1, "read");
}

int main(void)
{
	int zero = open("/dev/zero", O_RDONLY);
	int map = bpf_make_array(BUCKETS);
	uint32_t bucket;

	if (zero < 0)
		err(1, "/dev/zero");
	attach(load(map));
	read_often(zero, 1, 3);
	read_often(zero, 100, 5);
	read_often(zero, 4096, 1);
	for (bucket = 0; bucket < BUCKETS; bucket++) {
		uint64_t count = bpf_element(map, bucket);

		if (!count)
			continue;
		printf("%6llu to %6llu: ", 1ull << bucket, (2ull << bucket) - 1);
		for (uint64_t i = 0; i < count; i++)
			putchar('#');
		printf(" %llu\n", (unsigned long long)count);
	}
	return 0;
}
