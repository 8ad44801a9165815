// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write past the end of an array on the stack, with and without a guard that notices.
 *
 *     smash_stack guarded|unguarded BYTES
 *
 * After the local variables of a function lie saved registers and the address to which somebody will return. Who writes too
 * much text into an array overwrites it: from a mistake it is a crash somewhere else, from an attacker it is where the
 * program continues.
 *
 * With -fstack-protector the compiler puts a random number, the "canary", between the arrays and what must not be
 * overwritten, and compares it before the function returns. If it has changed, the C library says so and aborts: 128 + 6.
 * Its lowest byte is 0, so that no string can contain it. It does not notice what is overwritten before the canary, and it
 * notices late: only at the end of the function.
 *
 * Without it the address is `AAAA...`, where nothing is: SIGSEGV, 128 + 11.
 *
 * Sources: gcc manual, "Program Instrumentation Options", "Common Function Attributes" (no_stack_protector).
 *
 * [lkmc]
 * cflags = ["-fstack-protector"]
 *
 * [[lkmc.run]]
 * name = "it fits"
 * guest = "./smash_stack guarded 16; ./smash_stack unguarded 16"
 * stdout = """
 * wrote 16 bytes into 16
 * returned
 * wrote 16 bytes into 16
 * returned
 * """
 * [[lkmc.run]]
 * name = "guarded"
 * guest = "./smash_stack guarded 200"
 * status = 134
 * stdout = "wrote 200 bytes into 16\n"
 * stderr = "*** stack smashing detected ***: terminated\n"
 * [[lkmc.run]]
 * name = "unguarded"
 * guest = "./smash_stack unguarded 200"
 * status = 139
 * stdout = "wrote 200 bytes into 16\n"
 * [/lkmc]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 16

/* In a function of its own, so that the compiler does not see that it is too much. */
static __attribute__((noinline)) void fill(volatile char *buffer, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		buffer[i] = 'A';
	printf("wrote %zu bytes into %d\n", bytes, SIZE);
	fflush(stdout);
}

static __attribute__((noinline)) void guarded(size_t bytes)
{
	char buffer[SIZE];

	fill(buffer, bytes);
}

static __attribute__((noinline, no_stack_protector)) void unguarded(size_t bytes)
{
	char buffer[SIZE];

	fill(buffer, bytes);
}

int main(int argc, char **argv)
{
	size_t bytes = argc == 3 ? strtoul(argv[2], NULL, 10) : SIZE;

	if (argc == 3 && !strcmp(argv[1], "unguarded"))
		unguarded(bytes);
	else
		guarded(bytes);
	puts("returned");
	return EXIT_SUCCESS;
}
