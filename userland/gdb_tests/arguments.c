// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the arguments and end with their number as status.
 *
 * Sources: execve(2); GDB manual, "Your Program's Arguments".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./arguments one 'two words' \"\" '*'"
 * status = 4
 * stdout = """
 * [one]
 * [two words]
 * []
 * [*]
 * """
 * [/lkmc]
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		printf("[%s]\n", argv[i]);
	return argc - 1; /* gdb: end */
}
