// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Submit a read, a write and a command with one system call: companion of
 * kernel_modules/io_uring.c.
 *
 * Uses the system calls of io_uring directly, to show the two rings; programs usually leave them to
 * the library liburing. The submission ring holds numbers of entries in an array of submissions; we
 * write behind its tail, the kernel reads from its head. The completion ring holds the completions
 * themselves, and we are the reader.
 *
 * Usage: io_uring FILE
 */

#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../kernel_modules/io_uring.h"

struct ring {
	int fd;
	struct io_uring_params params;
	/* Both rings, in one mapping (Linux 5.4); offsets into it are in params. */
	char *rings;
	struct io_uring_sqe *submissions;
};

/* What we give each operation to be told which one a completion is about. */
enum operation { READ, WRITE, COMMAND, OPERATIONS };

static void fail(const char *what)
{
	perror(what);
	exit(EXIT_FAILURE);
}

static void *map(int fd, size_t size, off_t offset)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			    offset);

	if (memory == MAP_FAILED)
		fail("mmap");
	return memory;
}

static void ring_create(struct ring *ring, unsigned int entries)
{
	struct io_uring_params *params = &ring->params;
	size_t submission_ring, completion_ring;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, entries, params);
	if (ring->fd < 0)
		fail("io_uring_setup");
	submission_ring = params->sq_off.array + params->sq_entries * sizeof(__u32);
	completion_ring = params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe);
	if (completion_ring > submission_ring)
		submission_ring = completion_ring;
	ring->rings = map(ring->fd, submission_ring, IORING_OFF_SQ_RING);
	ring->submissions = map(ring->fd, params->sq_entries * sizeof(struct io_uring_sqe),
				IORING_OFF_SQES);
}

static __u32 *ring_word(const struct ring *ring, __u32 offset)
{
	return (__u32 *)(ring->rings + offset);
}

/* A cleared submission at the end of the ring. The kernel looks at it in ring_enter(). */
static struct io_uring_sqe *ring_next(struct ring *ring, int fd, enum operation operation,
				      int opcode)
{
	const struct io_sqring_offsets *at = &ring->params.sq_off;
	__u32 *tail = ring_word(ring, at->tail);
	__u32 index = *tail & *ring_word(ring, at->ring_mask);
	struct io_uring_sqe *submission = &ring->submissions[index];

	memset(submission, 0, sizeof(*submission));
	submission->opcode = opcode;
	submission->fd = fd;
	submission->user_data = operation;
	ring_word(ring, at->array)[index] = index;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return submission;
}

/* Submits so many, and waits until so many are complete. */
static int ring_enter(const struct ring *ring, unsigned int count)
{
	return syscall(__NR_io_uring_enter, ring->fd, count, count, IORING_ENTER_GETEVENTS, NULL,
		       0);
}

/* Takes all completions off the ring. They come in the order in which operations end. */
static void ring_reap(const struct ring *ring, int results[OPERATIONS])
{
	const struct io_cqring_offsets *at = &ring->params.cq_off;
	const struct io_uring_cqe *completions = (void *)(ring->rings + at->cqes);
	__u32 *head = ring_word(ring, at->head);

	while (*head != __atomic_load_n(ring_word(ring, at->tail), __ATOMIC_ACQUIRE)) {
		const struct io_uring_cqe *completion =
			&completions[*head & *ring_word(ring, at->ring_mask)];

		results[completion->user_data] = completion->res;
		__atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
	}
}

int main(int argc, char **argv)
{
	struct lkmc_io_uring_sum *sum;
	struct io_uring_sqe *submission;
	struct ring ring;
	char buffer[64];
	int results[OPERATIONS] = { 0 };
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}
	fd = open(argv[1], O_RDWR);
	if (fd < 0)
		fail(argv[1]);
	/* The mailbox is empty, but nothing is what it can give at once. */
	printf("a read of nothing: %zd bytes\n", read(fd, buffer, 0));
	ring_create(&ring, 8);

	submission = ring_next(&ring, fd, READ, IORING_OP_READ);
	submission->addr = (uintptr_t)buffer;
	submission->len = sizeof(buffer);

	submission = ring_next(&ring, fd, WRITE, IORING_OP_WRITE);
	submission->addr = (uintptr_t)"hello";
	submission->len = 5;

	submission = ring_next(&ring, fd, COMMAND, IORING_OP_URING_CMD);
	submission->cmd_op = LKMC_IO_URING_SUM;
	sum = (void *)submission->cmd;
	sum->left = 40;
	sum->right = 2;

	printf("submitted %d operations with one system call\n", ring_enter(&ring, OPERATIONS));
	ring_reap(&ring, results);
	printf("read: %d bytes: %.*s\n", results[READ], results[READ] > 0 ? results[READ] : 0,
	       buffer);
	printf("write: %d bytes\n", results[WRITE]);
	printf("command: %d\n", results[COMMAND]);
	return EXIT_SUCCESS;
}
