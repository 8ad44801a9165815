// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ask which POSIX this is and where its limits are, with sysconf(3) and pathconf(3).
 *
 * A constant such as OPEN_MAX was true where the program was compiled; the limit is that of the system and of the process
 * where it runs. -1 has two meanings: errno says EINVAL if there is no such name, and is left alone if there is no limit.
 * _SC_OPEN_MAX and _SC_ARG_MAX follow this process's resource limits: open files (ulimit -n), and a quarter of the stack
 * (ulimit -s). _SC_VERSION is the year and month of the standard. Limits of files belong to the file system that a path is
 * in. userland/linux/sysconf.c asks for the machine.
 *
 * Sources: sysconf(3), pathconf(3), getrlimit(2).
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * ulimit -n 64
 * ulimit -s 4096
 * ./sysconf
 * '''
 * stdout = """
 * _SC_VERSION = 200809
 * _SC_THREADS = 200809
 * _SC_OPEN_MAX = 64
 * _SC_ARG_MAX = 1048576
 * _SC_LINE_MAX = 2048
 * _SC_ATEXIT_MAX = 2147483647
 * _SC_TIMER_MAX: no limit
 * 12345: Invalid argument
 * _PC_NAME_MAX of /tmp = 255
 * _PC_PATH_MAX of /tmp = 4096
 * _PC_PIPE_BUF of /tmp = 4096
 * """
 * [/lkmc]
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void print(const char *name, int number)
{
	long value;

	errno = 0;
	value = sysconf(number);
	if (value != -1)
		printf("%s = %ld\n", name, value);
	else
		printf("%s: %s\n", name, errno ? strerror(errno) : "no limit");
}

#define PRINT(name) print(#name, name)
#define PRINT_PATH(name) printf(#name " of /tmp = %ld\n", pathconf("/tmp", name))

int main(void)
{
	PRINT(_SC_VERSION);
	PRINT(_SC_THREADS);
	PRINT(_SC_OPEN_MAX);
	PRINT(_SC_ARG_MAX);
	PRINT(_SC_LINE_MAX);
	PRINT(_SC_ATEXIT_MAX);
	PRINT(_SC_TIMER_MAX);
	PRINT(12345);
	PRINT_PATH(_PC_NAME_MAX);
	PRINT_PATH(_PC_PATH_MAX);
	PRINT_PATH(_PC_PIPE_BUF);
	return 0;
}
