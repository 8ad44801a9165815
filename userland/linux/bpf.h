/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions of eBPF as C's constants, and bpf(2) for maps and programs. */
#ifndef LKMC_BPF_H
#define LKMC_BPF_H

#include <ctype.h>
#include <err.h>
#include <linux/bpf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/*
 * In the order of struct bpf_insn: what, destination, source, offset, constant. Distances of jumps count from
 * the next instruction.
 */
#define MOV(to, from) { BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0 }
#define MOV_CONSTANT(to, constant) { BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, constant }
#define MOV_CONSTANT_32(to, constant) { BPF_ALU | BPF_MOV | BPF_K, to, 0, 0, constant }
#define ADD_CONSTANT(to, constant) { BPF_ALU64 | BPF_ADD | BPF_K, to, 0, 0, constant }
#define AND_CONSTANT(to, constant) { BPF_ALU64 | BPF_AND | BPF_K, to, 0, 0, constant }
#define SHIFT_RIGHT(to, constant) { BPF_ALU64 | BPF_RSH | BPF_K, to, 0, 0, constant }
#define LOAD(size, to, from, offset) { BPF_LDX | BPF_MEM | (size), to, from, offset, 0 }
#define STORE_32(to, offset, from) { BPF_STX | BPF_MEM | BPF_W, to, from, offset, 0 }
#define ATOMIC_ADD_64(to, offset, from) { BPF_STX | BPF_ATOMIC | BPF_DW, to, from, offset, BPF_ADD }
#define JUMP(distance) { BPF_JMP | BPF_JA, 0, 0, distance, 0 }
#define JUMP_IF_EQUAL(one, constant, distance) { BPF_JMP | BPF_JEQ | BPF_K, one, 0, distance, constant }
#define JUMP_UNLESS_EQUAL(one, constant, distance) { BPF_JMP | BPF_JNE | BPF_K, one, 0, distance, constant }
#define CALL(helper) { BPF_JMP | BPF_CALL, 0, 0, 0, helper }
#define EXIT { BPF_JMP | BPF_EXIT, 0, 0, 0, 0 }
/* A constant of 64 bits takes two instructions. */
#define LOAD_MAP(to, fd) { BPF_LD | BPF_DW | BPF_IMM, to, BPF_PSEUDO_MAP_FD, 0, fd }, { 0, 0, 0, 0, 0 }
/* Byte `offset` of the packet into R0; the packet has to be in R6. */
#define LOAD_PACKET_8(offset) { BPF_LD | BPF_ABS | BPF_B, 0, 0, 0, offset }

enum { R0 = BPF_REG_0, R1, R2, R6 = BPF_REG_6, R7, FRAME = BPF_REG_10 };

static inline int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static inline uint64_t bpf_address(const void *pointer)
{
	return (uintptr_t)pointer;
}

/* An array of numbers of 64 bits, all of them 0. */
static inline int bpf_make_array(uint32_t length)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(uint32_t),
		.value_size = sizeof(uint64_t),
		.max_entries = length,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		err(1, "BPF_MAP_CREATE");
	return fd;
}

static inline uint64_t bpf_element(int map, uint32_t index)
{
	uint64_t value;
	union bpf_attr attr = { .map_fd = map, .key = bpf_address(&index), .value = bpf_address(&value) };

	if (bpf(BPF_MAP_LOOKUP_ELEM, &attr))
		err(1, "BPF_MAP_LOOKUP_ELEM");
	return value;
}

/* A file descriptor of the program, or -1; then `log` says why not. Of `attr` only what kind of program it is counts. */
static inline int bpf_load_as(union bpf_attr attr, const struct bpf_insn *program, size_t count, char *log, size_t size)
{
	attr.insns = bpf_address(program);
	attr.insn_cnt = count;
	attr.license = bpf_address("GPL");
	attr.log_buf = bpf_address(log);
	attr.log_size = size;
	attr.log_level = 1;
	return bpf(BPF_PROG_LOAD, &attr);
}

static inline int bpf_load(enum bpf_prog_type type, const struct bpf_insn *program, size_t count, char *log, size_t size)
{
	return bpf_load_as((union bpf_attr){ .prog_type = type }, program, count, log, size);
}

/* The log has the instructions on the way to the fault, each with its number, the types of arguments, and then the reason. */
static inline void bpf_must_be_refused(const char *what, union bpf_attr attr, const struct bpf_insn *program, size_t count)
{
	static char log[65536];
	char *line;

	if (bpf_load_as(attr, program, count, log, sizeof(log)) >= 0)
		errx(1, "%s: it was loaded", what);
	line = strtok(log, "\n");
	while (line && (isdigit((unsigned char)*line) || !strncmp(line, "func ", 5)))
		line = strtok(NULL, "\n");
	printf("%s: %s\n", what, line ? line : "no reason");
}

#endif
