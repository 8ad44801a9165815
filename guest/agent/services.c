/* What the host asks for that is no command. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/random.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

/* After a restore the guest's clock stands at the time of the snapshot, and its random pool is the snapshot's. */
uint32_t synchronize(const uint8_t *payload)
{
	struct timespec now = {
		.tv_sec = (time_t)(get32(payload) | (uint64_t)get32(payload + 4) << 32),
		.tv_nsec = (long)get32(payload + 8),
	};
	struct { int entropy_count, buf_size; uint8_t buf[32]; } seed = {256, 32, {0}};
	uint32_t result = 0;
	int fd;

	if (clock_settime(CLOCK_REALTIME, &now))
		result = (uint32_t)errno;
	memcpy(seed.buf, payload + 12, sizeof seed.buf);
	fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &seed) || ioctl(fd, RNDRESEEDCRNG))
		result = (uint32_t)errno;
	close_fd(&fd);
	return result;
}

uint32_t set_window_size(const uint8_t *payload)
{
	struct winsize size = {
		.ws_row = (unsigned short)(payload[0] | payload[1] << 8),
		.ws_col = (unsigned short)(payload[2] | payload[3] << 8),
	};
	int fd = open("/dev/console", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	uint32_t result = fd < 0 || ioctl(fd, TIOCSWINSZ, &size) ? (uint32_t)errno : 0;

	close_fd(&fd);
	return result;
}

/* Its own file, open for as long as it lives; on gem5 nothing is done about it. */
static int oom_score = -1;

void spare_agent(void)
{
	oom_score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	set_spared(true);
}

void set_spared(bool spared)
{
	const char *score = spared ? "-1000" : "0";
	ssize_t ignored = oom_score < 0 ? -1 : pwrite(oom_score, score, strlen(score), 0);

	/* A kernel that does not offer this does without. */
	(void)ignored;
}
