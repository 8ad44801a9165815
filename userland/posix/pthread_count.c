// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Start threads and let the kernel count them: a process of N + 1.
 *
 *     pthread_count N
 *
 * For the kernel a thread is a task like any other, which shares memory and open files with its siblings. /proc/PID/task
 * has a directory for each, and /proc/PID/status their number. All wait for a condition until main() has looked. Each
 * thread has a stack of its own, 8 MiB of address space, which cost nothing until they are used; but a process that may
 * have no more than 200 MB gets no hundred threads.
 *
 * Sources: proc(5), pthreads(7), pthread_cond_wait(3p).
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "few"
 * guest = "./pthread_count 4"
 * stdout = """
 * Threads: 1
 * Threads: 5
 * in /proc/self/task: 5
 * each thread was there: sum 10
 * """
 * [[lkmc.run]]
 * name = "many"
 * guest = "./pthread_count 100"
 * stdout-has = ["Threads: 101", "in /proc/self/task: 101", "each thread was there: sum 5050"]
 * [[lkmc.run]]
 * name = "too many"
 * guest = "ulimit -v 200000; ./pthread_count 100"
 * status = 1
 * stdout = "Threads: 1\n"
 * stderr = "pthread_create: Resource temporarily unavailable\n"
 * [/lkmc]
 */
#include <dirent.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int arrived, sum;
static bool may_leave;

static void *wait_for_main(void *argument)
{
	pthread_mutex_lock(&mutex);
	arrived++;
	sum += arrived;
	pthread_cond_broadcast(&changed);
	/* In a loop: a condition variable may wake up without a reason. */
	while (!may_leave)
		pthread_cond_wait(&changed, &mutex);
	pthread_mutex_unlock(&mutex);
	return argument;
}

static void print_threads(void)
{
	FILE *status = fopen("/proc/self/status", "r");
	char line[200];
	int threads = -1;

	while (status && fgets(line, sizeof line, status))
		sscanf(line, "Threads: %d", &threads);
	if (status)
		fclose(status);
	printf("Threads: %d\n", threads);
	fflush(stdout);
}

static void print_directory(void)
{
	DIR *directory = opendir("/proc/self/task");
	struct dirent *entry;
	int tasks = 0;

	while (directory && (entry = readdir(directory)))
		tasks += entry->d_name[0] != '.';
	if (directory)
		closedir(directory);
	printf("in /proc/self/task: %d\n", tasks);
}

int main(int argc, char **argv)
{
	int count = argc == 2 ? atoi(argv[1]) : 1;
	pthread_t *threads = calloc(count > 0 ? (size_t)count : 1, sizeof *threads);

	if (!threads)
		return EXIT_FAILURE;
	print_threads();
	for (int i = 0; i < count; i++) {
		int error = pthread_create(&threads[i], NULL, wait_for_main, NULL);

		if (error) {
			fprintf(stderr, "pthread_create: %s\n", strerror(error));
			return EXIT_FAILURE;
		}
	}
	pthread_mutex_lock(&mutex);
	while (arrived < count)
		pthread_cond_wait(&changed, &mutex);
	print_threads();
	print_directory();
	may_leave = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("each thread was there: sum %d\n", sum);
	free(threads);
	return EXIT_SUCCESS;
}
