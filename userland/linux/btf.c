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
 * - A type has no number of its own (btf.h). It is the one at which a walk from the first type arrives there; each
 *   is as long as its kind and the number of its elements say.
 * - The tracepoint is named by a type as well, that of its probes: `btf_trace_task_rename`.
 * - Fields of a tracepoint's record (bpf_tracepoint.c) are what somebody thought of. From a task there is a
 *   way to everything that it points to.
 * - Functions are types, too: see fexit.c.
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
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bpf.h"
#include "btf.h"

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

	btf_read();
	printf("%u types in %u bytes\n", btf_last, btf->hdr_len + btf->type_len + btf->str_len);
	task = btf_types[btf_find(BTF_KIND_STRUCT, "task_struct")];
	tgid = btf_offset_of(task, "tgid");
	printf("struct task_struct: %u bytes, tgid at %u\n", task->size, tgid);
	on_rename.attach_btf_id = btf_find(BTF_KIND_TYPEDEF, "btf_trace_task_rename");

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
