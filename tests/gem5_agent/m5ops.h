/* In place of guest/m5/m5ops.h: gem5's part, played with files of the working directory. Each operation but the reads
 * is a line of `operations`. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void note(const char *line)
{
	int fd = open("operations", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (write(fd, line, strlen(line)) < 0)
		_exit(99);
	close(fd);
}

static uint64_t m5_rpns(void)
{
	return 1;
}

static void m5_checkpoint(uint64_t delay, uint64_t period)
{
	note(delay || period ? "checkpoint later\n" : "checkpoint\n");
}

static void m5_reset_stats(uint64_t delay, uint64_t period)
{
	note(delay || period ? "reset later\n" : "reset\n");
}

static void m5_dump_stats(uint64_t delay, uint64_t period)
{
	note(delay || period ? "dump later\n" : "dump\n");
}

static void m5_exit(uint64_t delay)
{
	note(delay ? "exit later\n" : "exit\n");
}

static void m5_fail(uint64_t delay, uint64_t code)
{
	note(!delay && code == 1 ? "fail 1\n" : "fail otherwise\n");
}

static size_t m5_read_file(void *buffer, size_t length, uint64_t offset)
{
	int fd = open("request", O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, buffer, length, (off_t)offset);

	close(fd);
	return n < 0 ? 0 : (size_t)n;
}

static size_t m5_write_file(const char *name, const void *buffer, size_t length, uint64_t offset)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (offset ? 0 : O_TRUNC), 0600);
	ssize_t n = pwrite(fd, buffer, length, (off_t)offset);

	close(fd);
	return n < 0 ? 0 : (size_t)n;
}
