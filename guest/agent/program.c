/*
 * From a command's words to its program, as execvpe finds it. That one hands whatever the kernel does not execute to the
 * shell, which is right for a script without a first line that says so, and root's ruin for a program of another machine.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <paths.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

struct refusal refused(int code)
{
	return (struct refusal){NOT_STARTED, (uint32_t)code};
}

const char *reason(struct refusal refusal)
{
	switch (refusal.kind) {
	case FOREIGN:
		return "a program for another machine";
	case NO_LOADER:
		return "its loader is not there";
	default:
		return strerror((int)refusal.value);
	}
}

static const char *value_of(char **envp, const char *name)
{
	size_t length = strlen(name);

	for (; *envp; envp++)
		if (!strncmp(*envp, name, length) && (*envp)[length] == '=')
			return *envp + length + 1;
	return NULL;
}

/* Which machine an ELF file is for, 0 if it ends before it says so; -1 of any other file. */
static int machine_of(const char *file)
{
	uint8_t header[20] = {0};
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, header, sizeof header);

	close_fd(&fd);
	if (n < SELFMAG || memcmp(header, ELFMAG, SELFMAG))
		return -1;
	return header[EI_DATA] == ELFDATA2MSB ? header[18] << 8 | header[19] : header[19] << 8 | header[18];
}

static void execute_script(const char *file, char **argv, char **envp)
{
	size_t count = 0;
	const char **words;

	while (argv[count])
		count++;
	words = must(calloc(count + 2, sizeof *words));
	words[0] = _PATH_BSHELL;
	words[1] = file;
	/* With the end of the list, and without the name that `file` takes the place of. */
	memcpy(words + 2, argv + 1, count * sizeof *words);
	execve(_PATH_BSHELL, (char **)words, envp);
	free(words);
}

/* Returns only if that file is no program for us. */
static struct refusal execute_file(const char *file, char **argv, char **envp)
{
	int machine, code;

	execve(file, argv, envp);
	code = errno;
	/* Most often another directory of PATH has it: what is measured shall not read the file in vain. */
	if (code != ENOEXEC && (code != ENOENT || access(file, F_OK)))
		return refused(code);
	machine = machine_of(file);
	if (code == ENOENT)
		return (struct refusal){NO_LOADER, machine < 0 ? OF_SCRIPT : OF_PROGRAM};
	if (machine >= 0) {
		int ours = machine_of("/proc/self/exe");

		return (struct refusal){FOREIGN, (uint32_t)machine | (uint32_t)(ours < 0 ? EM_NONE : ours) << 16};
	}
	execute_script(file, argv, envp);
	return refused(code);
}

/* Whether another directory of PATH may have what this one has not. */
static bool look_further(struct refusal refusal)
{
	if (refusal.kind != NOT_STARTED)
		return refusal.kind == NO_LOADER;
	switch (refusal.value) {
	case EACCES:
	case ENODEV:
	case ENOENT:
	case ENOTDIR:
	case ESTALE:
	case ETIMEDOUT:
		return true;
	default:
		return false;
	}
}

struct refusal execute_program(char **argv, char **envp)
{
	struct refusal first = refused(ENOENT);
	const char *path = value_of(envp, "PATH"), *end;
	char file[PATH_MAX];

	if (!*argv[0])
		return first;
	if (strchr(argv[0], '/'))
		return execute_file(argv[0], argv, envp);
	if (!path)
		path = getenv("PATH");
	for (path = path ? path : _PATH_STDPATH;; path = end + 1) {
		struct refusal refusal;
		int length;

		end = strchrnul(path, ':');
		length = snprintf(file, sizeof file, "%.*s%s%s", (int)(end - path), path, end > path ? "/" : "", argv[0]);
		if (length < (int)sizeof file) {
			refusal = execute_file(file, argv, envp);
			if (!look_further(refusal))
				return refusal;
			/* What is there says more than what is not. */
			if (first.kind == NOT_STARTED && first.value == ENOENT &&
			    (refusal.kind == NO_LOADER || refusal.value == EACCES))
				first = refusal;
		}
		if (!*end)
			return first;
	}
}
