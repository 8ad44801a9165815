// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask the host for things: its terminal, its files, the command line, the time, and an end.
 *
 * A semihosting call is a trap with a number and the address of a block of words (Arm IHI 0076, "Semihosting for AArch32 and
 * AArch64"); whoever debugs or emulates the processor answers it. picolibc's printf() and fopen() are made of these calls. Files
 * are those of the run's directory, out/run/ID/, with the rights of whoever started the run.
 *
 * SYS_EXIT of 32 bits says no status; SYS_EXIT_EXTENDED does, on both architectures.
 *
 * [lkmc]
 * [[lkmc.run]]
 * status = 7
 * stdout = """
 * a text, a character
 * a file that is not there: errno 2
 * a file of 6 bytes: hello
 * called as: program
 * seconds since 1970: {dec}
 * """
 * [/lkmc]
 */

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define SYS_OPEN 0x01
#define SYS_CLOSE 0x02
#define SYS_WRITEC 0x03
#define SYS_WRITE0 0x04
#define SYS_WRITE 0x05
#define SYS_READ 0x06
#define SYS_FLEN 0x0c
#define SYS_REMOVE 0x0e
#define SYS_TIME 0x11
#define SYS_ERRNO 0x13
#define SYS_GET_CMDLINE 0x15
#define SYS_EXIT_EXTENDED 0x20

#define READ 0
#define WRITE 4
#define ADP_STOPPED_APPLICATION_EXIT 0x20026

/* baremetal/lib/start-*.S */
uintptr_t sys_semihost(uintptr_t operation, uintptr_t parameter);

/* One whose parameter is a block of words. */
#define CALL(operation, ...) sys_semihost(operation, (uintptr_t)(uintptr_t[]){__VA_ARGS__})

static void say(const char *text)
{
	sys_semihost(SYS_WRITE0, (uintptr_t)text);
}

static intptr_t open(const char *name, int mode)
{
	return CALL(SYS_OPEN, (uintptr_t)name, mode, strlen(name));
}

static void use_file(void)
{
	static const char name[] = "semihosting.txt", text[] = "hello\n";
	char line[80], content[16] = "";
	intptr_t file = open(name, WRITE);

	CALL(SYS_WRITE, file, (uintptr_t)text, strlen(text));
	CALL(SYS_CLOSE, file);
	file = open(name, READ);
	/* What it gives is how much it has not read. */
	CALL(SYS_READ, file, (uintptr_t)content, sizeof(content) - 1);
	snprintf(line, sizeof(line), "a file of %d bytes: %s", (int)CALL(SYS_FLEN, file), content);
	say(line);
	CALL(SYS_CLOSE, file);
	CALL(SYS_REMOVE, (uintptr_t)name, strlen(name));
}

int main(void)
{
	char line[80], words[40];

	say("a text, a characte");
	sys_semihost(SYS_WRITEC, (uintptr_t) "r");
	sys_semihost(SYS_WRITEC, (uintptr_t) "\n");

	if (open("not/there", READ) == -1) {
		snprintf(line, sizeof(line), "a file that is not there: errno %d\n", (int)sys_semihost(SYS_ERRNO, 0));
		say(line);
	}
	use_file();

	CALL(SYS_GET_CMDLINE, (uintptr_t)words, sizeof(words));
	snprintf(line, sizeof(line), "called as: %s\nseconds since 1970: %lu\n", words, (unsigned long)sys_semihost(SYS_TIME, 0));
	say(line);

	CALL(SYS_EXIT_EXTENDED, ADP_STOPPED_APPLICATION_EXIT, 7);
	return 0;
}
