// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Run a program of ours where a function of the kernel ends, with its arguments and its result: fexit.
 *
 * What runs at a kprobe gets the processor's registers: somebody has to know in which of them an argument is,
 * and at the function's end the arguments are gone. BTF knows the function's prototype. For a program of the kind
 * `fentry` or `fexit` the kernel writes a trampoline: a few instructions that keep the arguments, and call
 * the function and the program. The bytes at the function's beginning that are there for the function tracer
 * become a call of it.
 *
 * The program is attached to vfs_read(), which all of read(2) goes through. It follows the first argument to the
 * file's inode, lets reads of other files pass, and adds up how much was asked for and how much came.
 *
 * What to notice:
 * - The function, its arguments, and members of structures are named; numbers come from BTF (btf.c).
 * - The result is behind the arguments, as if it were another one.
 * - Pointers are followed by loads. Should one lead nowhere, the load gives 0: the kernel knows which
 *   instructions these are, and goes on behind a fault in them.
 *
 * Sources: kernel documentation, bpf/btf.rst, bpf/libbpf/program_types.rst, trace/ftrace-uses.rst.
 *
 * [lkmc]
 * # Arm's 32-bit kernel has no trampolines.
 * arches = ["x86_64", "aarch64"]
 * kconfig = ["DEBUG_INFO_BTF=y", "BPF_EVENTS=y", "BPF_JIT=y", "DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y"]
 *
 * [[lkmc.run]]
 * guest = "./fexit"
 * stdout = """
 * vfs_read: 4 arguments
 * reads of the file: 3
 * asked for: 24, got: 13
 * """
 * [/lkmc]
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf.h"
#include "btf.h"

/* Elements of the map. */
enum { READS, ASKED, GOT, NUMBERS };

/* Nine instructions; R1 to R5 are lost. */
#define ADD_TO(map, index, from) \
	MOV_CONSTANT(R1, index), \
	STORE_32(FRAME, -4, R1), \
	LOAD_MAP(R1, map), \
	MOV(R2, FRAME), \
	ADD_CONSTANT(R2, -4), \
	CALL(BPF_FUNC_map_lookup_elem), \
	JUMP_IF_EQUAL(R0, 0, 1), \
	ATOMIC_ADD_64(R0, 0, from)

static int load(int map, ino_t inode)
{
	static char log[65536];
	uint32_t id = btf_find(BTF_KIND_FUNC, "vfs_read");
	const struct btf_type *function = btf_types[id];
	uint32_t arguments = btf_parameter(function, NULL);
	uint32_t f_inode = btf_offset_of(btf_types[btf_find(BTF_KIND_STRUCT, "file")], "f_inode");
	uint32_t i_ino = btf_offset_of(btf_types[btf_find(BTF_KIND_STRUCT, "inode")], "i_ino");
	/* R1 points to the arguments, each of 64 bits. */
	const struct bpf_insn program[] = {
		MOV(R6, R1),
		LOAD(BPF_DW, R7, R6, 8 * btf_parameter(function, "file")),
		LOAD(BPF_DW, R7, R7, f_inode),
		LOAD(BPF_DW, R7, R7, i_ino),
		JUMP_UNLESS_EQUAL(R7, inode, 3 * 9 + 3),
		MOV_CONSTANT(R7, 1),
		ADD_TO(map, READS, R7),
		LOAD(BPF_DW, R7, R6, 8 * btf_parameter(function, "count")),
		ADD_TO(map, ASKED, R7),
		LOAD(BPF_DW, R7, R6, 8 * arguments),
		ADD_TO(map, GOT, R7),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};
	const union bpf_attr at_its_end = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_TRACE_FEXIT,
		.attach_btf_id = id,
	};
	int fd = bpf_load_as(at_its_end, program, LENGTH(program), log, sizeof(log));

	if (fd < 0)
		err(1, "BPF_PROG_LOAD: %s", log);
	printf("vfs_read: %u arguments\n", arguments);
	return fd;
}

static void read_to_the_end(int fd)
{
	char buffer[8];

	if (lseek(fd, 0, SEEK_SET))
		err(1, "lseek");
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

static int make_file(const char *contents)
{
	FILE *file = tmpfile();

	if (!file || fputs(contents, file) < 0 || fflush(file))
		err(1, "tmpfile");
	return fileno(file);
}

int main(void)
{
	int watched = make_file("Hello, world\n"), other = make_file("not counted\n");
	int map = bpf_make_array(NUMBERS);
	union bpf_attr attach = { 0 };
	struct stat status;

	if (fstat(watched, &status))
		err(1, "fstat");
	btf_read();
	/* In spite of its name, this is for functions as well. */
	attach.raw_tracepoint.prog_fd = load(map, status.st_ino);
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attach) < 0)
		err(1, "BPF_RAW_TRACEPOINT_OPEN");
	read_to_the_end(watched);
	read_to_the_end(other);
	printf("reads of the file: %llu\n", (unsigned long long)bpf_element(map, READS));
	printf("asked for: %llu, got: %llu\n", (unsigned long long)bpf_element(map, ASKED),
	       (unsigned long long)bpf_element(map, GOT));
	return 0;
}
