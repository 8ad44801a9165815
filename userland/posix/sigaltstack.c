// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Survive the overflow of one's own stack, by a signal handler that has another one.
 *
 * The stack grows down to its limit (`ulimit -s`); a step beyond is a SIGSEGV. Its handler would need a place for its own
 * frame, on the very stack that is full: so the kernel cannot start it, and kills the program. With sigaltstack(2) and
 * SA_ONSTACK the handler runs somewhere else. si_addr says where the access went: near the stack pointer it is an overflow,
 * elsewhere a stray pointer.
 *
 * From such a handler there is no return, for the same instruction would fault again. siglongjmp() leaves it for where
 * sigsetjmp() was called, with the stack as it was there, and with the signals blocked as they were then: SIGSEGV is blocked in
 * its handler, and after a plain longjmp() the next overflow would kill. Programs with interpreters do so; others print where
 * they were, and end.
 *
 * Sources: sigaltstack(2), sigaction(2), sigsetjmp(3).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = """
 * ulimit -s 1024
 * ./sigaltstack
 * ./sigaltstack without > /dev/null 2>&1 || echo "without another stack: killed by signal $(($? - 128))"
 * """
 * stdout = """
 * overflow 1: near the stack's limit: yes, handled on the other stack: yes
 * overflow 2: near the stack's limit: yes, handled on the other stack: yes
 * a stray pointer: near the stack's limit: no, handled on the other stack: yes
 * still here
 * without another stack: killed by signal 11
 * """
 * [/lkmc]
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

static char other_stack[64 * 1024];
static sigjmp_buf recovery;
static volatile uintptr_t fault, handler_frame;
/* Or the compiler warns of what is wanted here. */
static volatile bool is_endless = true;

static void handle(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	fault = (uintptr_t)info->si_addr;
	handler_frame = (uintptr_t)__builtin_frame_address(0);
	siglongjmp(recovery, 1);
}

/* Each call keeps a page on the stack, and is needed after the next one: so it cannot become a loop. */
static int descend(int depth)
{
	volatile char page[4096];

	page[0] = (char)depth;
	return is_endless ? descend(depth + 1) + page[0] : 0;
}

static int stray(int unused)
{
	(void)unused;
	return *(volatile int *)16;
}

static void provoke(const char *what, int (*function)(int))
{
	uintptr_t top = (uintptr_t)__builtin_frame_address(0), other = (uintptr_t)other_stack;
	struct rlimit limit;
	bool near;

	getrlimit(RLIMIT_STACK, &limit);
	if (!sigsetjmp(recovery, 1)) {
		function(0);
		return;
	}
	/* What the kernel put on the stack first, arguments and environment, counts as well. */
	near = fault < top && top - fault > limit.rlim_cur / 2 && top - fault < limit.rlim_cur + 64 * 1024;
	printf("%s: near the stack's limit: %s, handled on the other stack: %s\n", what, near ? "yes" : "no",
	       handler_frame - other < sizeof other_stack ? "yes" : "no");
}

int main(int argc, char **argv)
{
	stack_t stack = { .ss_sp = other_stack, .ss_size = sizeof other_stack };
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	(void)argv;
	if (argc == 1 && sigaltstack(&stack, NULL)) {
		perror("sigaltstack");
		return EXIT_FAILURE;
	}
	sigaction(SIGSEGV, &action, NULL);
	provoke("overflow 1", descend);
	provoke("overflow 2", descend);
	provoke("a stray pointer", stray);
	puts("still here");
	return EXIT_SUCCESS;
}
