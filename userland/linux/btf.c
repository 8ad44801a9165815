// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find a member of a kernel structure by its name, and have an eBPF program read it: BTF.
 *
 * Where a member of a structure lies depends on the kernel's version and on its configuration. BTF
 * is what the kernel knows about its own types: DWARF's description of them without everything else, a
 * few megabytes that are part of the kernel and that anybody can read. A loader such as libbpf looks
 * there for the members that a program wants, and writes their offsets into its instructions before it
 * hands them to the kernel: compile once, run everywhere, CO-RE. Here this is done by hand.
 *
 * The program runs at the tracepoint `task_rename`, and gets as its arguments what the kernel's own code
 * hands to the tracepoint: pointers, the first one to a task. From BTF the verifier knows which type each
 * has. So the program follows such a pointer as C does, where others have to call a helper that copies.
 * What it must not do the verifier knows as well: two faulty programs come first. The third one counts
 * how often this process is renamed.
 *
 * What to notice:
 * - A type has no number of its own. It is the one at which a walk from the first type arrives there; each is as
 *   long as its kind and the number of its elements say.
 * - The tracepoint is named by a type as well, that of its probes: `btf_trace_task_rename`.
 * - Fields of a tracepoint's record (bpf_tracepoint.c) are what somebody thought of. From a task there is a
 *   way to everything that it points to.
 * - Functions are types, too. A program of the kind `fentry` or `fexit` names one, and runs where it begins
 *   or ends, with its arguments and its result: docs/tracing.md has one of bpftrace's.
 *
 * Sources: kernel documentation, bpf/btf.rst; bpf(2).
 *
 * [lkmc]
 * kconfig = ["DEBUG_INFO_BTF=y", "BPF_EVENTS=y"]
 *
 * [[lkmc.run]]
 * guest = "./btf"
 * stdout = """
 * {dec} types in {dec} bytes
 * struct task_struct: {dec:size} bytes, tgid at {dec}
 * past its end: access beyond struct task_struct at off {dec:size} size 4
 * to change it: only read is supported
 * renamed: 3
 * """
 * [/lkmc]
 */
#include <err.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"

#define TYPES "/sys/kernel/btf/vmlinux"

/* What follows the head of a type: so many bytes, and so many for each of its elements. */
static const struct {
	size_t once, each;
} tail[NR_BTF_KINDS] = {
	[BTF_KIND_INT] = { sizeof(uint32_t), 0 },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64) },
};

static struct btf_header *btf;
/* By their numbers. */
static const struct btf_type **types;
static uint32_t last;

static void read_types(void)
{
	int fd = open(TYPES, O_RDONLY);
	struct stat file;
	ssize_t got, all = 0;

	if (fd < 0 || fstat(fd, &file))
		err(1, TYPES);
	btf = malloc(file.st_size);
	if (!btf)
		err(1, "malloc");
	/* A page at a time is all that a file of sysfs gives. */
	while ((got = read(fd, (char *)btf + all, file.st_size - all)) > 0)
		all += got;
	if (got || all != file.st_size)
		err(1, TYPES);
	close(fd);
	if (btf->magic != BTF_MAGIC || btf->version != BTF_VERSION)
		errx(1, TYPES ": magic number %#x, version %d", btf->magic, btf->version);
}

static const void *section(uint32_t offset)
{
	return (const char *)btf + btf->hdr_len + offset;
}

static const char *name(uint32_t offset)
{
	return (const char *)section(btf->str_off) + offset;
}

static const struct btf_type *next(const struct btf_type *type)
{
	uint32_t kind = BTF_INFO_KIND(type->info), elements = BTF_INFO_VLEN(type->info);

	if (kind >= NR_BTF_KINDS)
		errx(1, TYPES ": kind %u", kind);
	return (const void *)((const char *)(type + 1) + tail[kind].once + elements * tail[kind].each);
}

static void number_types(void)
{
	const struct btf_type *type = section(btf->type_off), *end = section(btf->type_off + btf->type_len);

	types = calloc(btf->type_len / sizeof(*type) + 1, sizeof(*types));
	if (!types)
		err(1, "calloc");
	/* Number 0 is void, and not written down. */
	for (last = 0; type < end; type = next(type))
		types[++last] = type;
	if (type != end)
		errx(1, TYPES ": type %u ends behind the last one", last);
}

static uint32_t find(uint32_t kind, const char *wanted)
{
	uint32_t id;

	for (id = 1; id <= last; id++)
		if (BTF_INFO_KIND(types[id]->info) == kind && !strcmp(name(types[id]->name_off), wanted))
			return id;
	errx(1, TYPES ": no %s", wanted);
}

static uint32_t offset_of(const struct btf_type *structure, const char *wanted)
{
	const struct btf_member *member = (const void *)(structure + 1);
	uint32_t i, bits;

	for (i = 0; i < BTF_INFO_VLEN(structure->info); i++, member++)
		if (!strcmp(name(member->name_off), wanted)) {
			/* Where there are bit fields, their widths are in the upper eight bits. */
			bits = BTF_INFO_KFLAG(structure->info) ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
			return bits / 8;
		}
	errx(1, TYPES ": %s has no %s", name(structure->name_off), wanted);
}

static void rename_myself(int times)
{
	while (times--)
		if (prctl(PR_SET_NAME, "renamed"))
			err(1, "PR_SET_NAME");
}

int main(void)
{
	static char log[65536];
	int map = bpf_make_array(1);
	const struct btf_type *task;
	union bpf_attr on_rename = { .prog_type = BPF_PROG_TYPE_TRACING, .expected_attach_type = BPF_TRACE_RAW_TP };
	union bpf_attr attach = { 0 };
	uint32_t tgid;
	int program;
	pid_t child;

	read_types();
	number_types();
	printf("%u types in %u bytes\n", last, btf->hdr_len + btf->type_len + btf->str_len);
	task = types[find(BTF_KIND_STRUCT, "task_struct")];
	tgid = offset_of(task, "tgid");
	printf("struct task_struct: %u bytes, tgid at %u\n", task->size, tgid);
	on_rename.attach_btf_id = find(BTF_KIND_TYPEDEF, "btf_trace_task_rename");

	/* R1 points to the arguments, each of 64 bits; the first one is the task. */
	const struct bpf_insn beyond[] = {
		LOAD(BPF_DW, R6, R1, 0),
		LOAD(BPF_W, R6, R6, task->size),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};
	const struct bpf_insn writing[] = {
		LOAD(BPF_DW, R6, R1, 0),
		MOV_CONSTANT(R7, 0),
		STORE_32(R6, tgid, R7),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};
	const struct bpf_insn counting[] = {
		LOAD(BPF_DW, R6, R1, 0),
		LOAD(BPF_W, R6, R6, tgid),
		JUMP_UNLESS_EQUAL(R6, getpid(), 10),
		MOV_CONSTANT(R7, 0),
		STORE_32(FRAME, -4, R7),
		LOAD_MAP(R1, map),
		MOV(R2, FRAME),
		ADD_CONSTANT(R2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_IF_EQUAL(R0, 0, 2),
		MOV_CONSTANT(R1, 1),
		ATOMIC_ADD_64(R0, 0, R1),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};

	bpf_must_be_refused("past its end", on_rename, beyond, LENGTH(beyond));
	bpf_must_be_refused("to change it", on_rename, writing, LENGTH(writing));
	program = bpf_load_as(on_rename, counting, LENGTH(counting), log, sizeof(log));
	if (program < 0)
		err(1, "BPF_PROG_LOAD: %s", log);
	attach.raw_tracepoint.prog_fd = program;
	if (bpf(BPF_RAW_TRACEPOINT_OPEN, &attach) < 0)
		err(1, "BPF_RAW_TRACEPOINT_OPEN");
	rename_myself(3);
	/* A process of its own does not count. */
	child = fork();
	if (!child) {
		rename_myself(2);
		_exit(0);
	}
	if (child < 0 || waitpid(child, NULL, 0) != child)
		err(1, "fork");
	printf("renamed: %llu\n", (unsigned long long)bpf_element(map, 0));
	return 0;
}
