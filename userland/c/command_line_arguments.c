// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the arguments that the program was started with, one a line.
 *
 * The kernel gets an array of strings from execve(2) and puts them on the new program's stack. Words, quotes and $ are the
 * shell's business: what it made one word is one argument here, even if it is empty or has blanks. argv[0] is what the
 * caller says; by custom it is the name by which the program was called, but nothing enforces that. After the last argument
 * stands a null pointer.
 *
 * Sources: C11, 5.1.2.2.1; execve(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "words"
 * guest = '''./command_line_arguments asdf "qw er" '' $((6 * 7))'''
 * stdout = """
 * argv[0] = [./command_line_arguments]
 * argv[1] = [asdf]
 * argv[2] = [qw er]
 * argv[3] = []
 * argv[4] = [42]
 * argv[5] is null: yes
 * """
 * [[lkmc.run]]
 * name = "another name"
 * guest = "exec -a anything ./command_line_arguments"
 * stdout = """
 * argv[0] = [anything]
 * argv[1] is null: yes
 * """
 * [/lkmc]
 */
#include <stdio.h>

int main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		printf("argv[%d] = [%s]\n", i, argv[i]);
	printf("argv[%d] is null: %s\n", argc, argv[argc] ? "no" : "yes");
	return 0;
}
