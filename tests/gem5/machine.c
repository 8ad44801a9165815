/* What a program without a kernel finds out about its machine: nothing of it may be the host's. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void show(const char *name)
{
	char text[4096];
	FILE *file = fopen(name, "r");

	printf("%s\n", name);
	while (file && fgets(text, sizeof text, file))
		printf("| %s", text);
	if (file)
		fclose(file);
	else
		printf("is not there\n");
}

int main(void)
{
	int processors = 0;
	struct dirent *entry;
	DIR *directory = opendir("/sys/devices/system/cpu");

	show("/proc/cpuinfo");
	show("/proc/stat");
	show("/proc/version");
	show("/proc/meminfo");
	show("/sys/devices/system/cpu/possible");
	while (directory && (entry = readdir(directory)))
		processors += !strncmp(entry->d_name, "cpu", 3);
	printf("%ld configured, %ld online, %d listed\n", sysconf(_SC_NPROCESSORS_CONF), sysconf(_SC_NPROCESSORS_ONLN),
	       processors);
	return 0;
}
