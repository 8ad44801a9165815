// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have the kernel run a program of ours on every packet, after it has proven that the program is harmless: eBPF.
 *
 * eBPF is a small machine with eleven registers of 64 bits and a stack of 512 bytes. A process
 * hands its instructions to the kernel with bpf(2); a verifier follows every path through them, and
 * knows of each register on each path what it may hold. A program that could read what it must not,
 * or that could run for ever, is not loaded, and the verifier's log says why. What is loaded is
 * translated to the processor's own instructions (where there is a JIT), and runs in the kernel at
 * the speed of the kernel.
 *
 * This program is a filter on a socket. It looks at the first byte of each packet, counts even and
 * odd ones in a map, an array that the kernel and the process share, and lets only the even ones
 * through. Two faulty ones come first: one uses what the lookup in the map returned without having
 * looked whether it is a null pointer, the other one never ends.
 *
 * What to notice:
 * - Instructions are written as they are, with the macros of bpf.h: opcode, registers, offset, constant.
 *   clang's `-target bpf` compiles C to the same.
 * - A map is named in an instruction by its file descriptor; the verifier puts its address there.
 * - The value in the map is counted up by an atomic addition: other processors may be at it.
 * - seccomp.c has filters for the older, "classic" machine. The kernel turns them into eBPF.
 *
 * Sources: bpf(2); kernel documentation, bpf/instruction-set.rst and bpf/verifier.rst.
 *
 * [lkmc]
 * kconfig = ["BPF_SYSCALL=y"]
 *
 * [[lkmc.run]]
 * guest = "./bpf"
 * stdout = """
 * without a check: R0 invalid mem access 'map_value_or_null'
 * without an end: infinite loop detected at insn 1
 * received: 0 2 4 6 8
 * even: 5, odd: 4
 * """
 * [/lkmc]
 */
#include <err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bpf.h"

int main(void)
{
	static char log[65536];
	int map = bpf_make_array(2);
	const struct bpf_insn unchecked[] = {
		MOV_CONSTANT(R2, 0),
		STORE_32(FRAME, -4, R2),
		LOAD_MAP(R1, map),
		MOV(R2, FRAME),
		ADD_CONSTANT(R2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		MOV_CONSTANT(R1, 1),
		ATOMIC_ADD_64(R0, 0, R1),
		MOV_CONSTANT(R0, 0),
		EXIT,
	};
	const struct bpf_insn endless[] = {
		MOV_CONSTANT(R0, 0),
		JUMP_IF_EQUAL(R0, 0, -1),
		EXIT,
	};
	const struct bpf_insn filter[] = {
		/* R7: the packet's first byte is odd. It is the key as well. */
		MOV(R6, R1),
		LOAD_PACKET_8(0),
		AND_CONSTANT(R0, 1),
		MOV(R7, R0),
		STORE_32(FRAME, -4, R7),
		LOAD_MAP(R1, map),
		MOV(R2, FRAME),
		ADD_CONSTANT(R2, -4),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_IF_EQUAL(R0, 0, 2),
		MOV_CONSTANT(R1, 1),
		ATOMIC_ADD_64(R0, 0, R1),
		/* How many bytes of the packet are let through: none, or all that there may be. */
		MOV_CONSTANT(R0, 0),
		JUMP_UNLESS_EQUAL(R7, 0, 1),
		MOV_CONSTANT_32(R0, -1),
		EXIT,
	};
	const union bpf_attr on_socket = { .prog_type = BPF_PROG_TYPE_SOCKET_FILTER };
	int program, ends[2];
	unsigned char byte;

	bpf_must_be_refused("without a check", on_socket, unchecked, LENGTH(unchecked));
	bpf_must_be_refused("without an end", on_socket, endless, LENGTH(endless));
	program = bpf_load_as(on_socket, filter, LENGTH(filter), log, sizeof(log));
	if (program < 0)
		err(1, "BPF_PROG_LOAD: %s", log);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		err(1, "socketpair");
	if (setsockopt(ends[1], SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof(program)))
		err(1, "SO_ATTACH_BPF");
	for (byte = 0; byte < 9; byte++)
		if (send(ends[0], &byte, 1, 0) < 0)
			err(1, "send");
	printf("received:");
	while (recv(ends[1], &byte, 1, MSG_DONTWAIT) == 1)
		printf(" %d", byte);
	printf("\neven: %llu, odd: %llu\n", (unsigned long long)bpf_element(map, 0),
	       (unsigned long long)bpf_element(map, 1));
	return 0;
}
