// SPDX-License-Identifier: GPL-2.0-or-later
/* Make a System V shared memory segment of BYTES bytes, which stays: the companion of ipc.sh. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/shm.h>

#define KEY 0x6c6b6d63

int main(int argc, char **argv)
{
	if (argc != 2 || shmget(KEY, strtoul(argv[1], NULL, 0), IPC_CREAT | IPC_EXCL | 0600) < 0) {
		perror("shmget");
		return 1;
	}
	return 0;
}
