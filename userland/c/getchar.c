// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read one character from standard input, and see why getchar() returns an int.
 *
 * There are 256 characters, and "end of file" is none of them: EOF is negative, characters are 0 to 255. Who puts the
 * result into a char loses the difference. Where char has a sign, as on x86_64, the character 255 becomes -1, and a loop
 * that waits for EOF stops at it. Where it has none, as on Arm and RISC-V, EOF becomes 255, and the loop never ends. C
 * allows both.
 *
 * Sources: C11, 6.2.5 paragraph 15, 7.21.7.6.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "a character"
 * guest = "echo abc | ./getchar"
 * stdout = """
 * enter a character:
 * you entered: a
 * """
 * [[lkmc.run]]
 * name = "nothing"
 * guest = "./getchar < /dev/null"
 * status = 1
 * stdout = """
 * enter a character:
 * end of file
 * """
 * [[lkmc.run]]
 * name = "255 where char has a sign"
 * arches = ["x86_64"]
 * guest = '''printf '\377' | ./getchar'''
 * stdout = """
 * enter a character:
 * you entered: number 255
 * in a char: -1, equal to EOF
 * """
 * [[lkmc.run]]
 * name = "255 where char has none"
 * arches = ["aarch64", "arm", "riscv64"]
 * guest = '''printf '\377' | ./getchar'''
 * stdout = """
 * enter a character:
 * you entered: number 255
 * in a char: 255, not equal to EOF
 * """
 * [/lkmc]
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	int character, widened;

	puts("enter a character:");
	character = getchar();
	if (character == EOF) {
		puts("end of file");
		return EXIT_FAILURE;
	}
	if (isprint(character)) {
		printf("you entered: %c\n", character);
		return EXIT_SUCCESS;
	}
	printf("you entered: number %d\n", character);
	widened = (char)character;
	printf("in a char: %d, %s to EOF\n", widened, widened == EOF ? "equal" : "not equal");
	return EXIT_SUCCESS;
}
