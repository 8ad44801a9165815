// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Format text into an array without writing past its end, and find out how long it would have been.
 *
 * snprintf() writes at most size - 1 characters and a null character after them, and returns how many characters there
 * would be if the array were large enough. So `result >= size` means that something is missing; and a first call with size
 * 0 says how much to allocate. A size of 0 writes nothing at all, not even the null character.
 *
 * Sources: C11, 7.21.6.5.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./snprintf"
 * stdout = """
 * size 20: returned 12, wrote [answer is 42]
 * size 13: returned 12, wrote [answer is 42]
 * size 12: returned 12, wrote [answer is 4], cut off
 * size 1: returned 12, wrote [], cut off
 * size 0: returned 12, wrote nothing, cut off
 * allocated 13 bytes: [answer is 42]
 * """
 * [/lkmc]
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Allocates as much as the text needs. The arguments are walked through twice, so they have to be copied. */
static char *format(const char *how, ...)
{
	va_list arguments, again;
	char *text = NULL;
	int length;

	va_start(arguments, how);
	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, how, arguments);
	if (length >= 0)
		text = malloc((size_t)length + 1);
	if (text)
		vsnprintf(text, (size_t)length + 1, how, again);
	va_end(again);
	va_end(arguments);
	return text;
}

int main(void)
{
	static const size_t sizes[] = { 20, 13, 12, 1, 0 };
	volatile int answer = 42;
	char *text;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char buffer[20];
		int length;

		memset(buffer, '#', sizeof buffer);
		length = snprintf(buffer, sizes[i], "answer is %d", answer);
		printf("size %zu: returned %d, wrote ", sizes[i], length);
		if (buffer[0] == '#')
			printf("nothing");
		else
			printf("[%s]", buffer);
		puts((size_t)length >= sizes[i] ? ", cut off" : "");
	}
	text = format("answer is %d", answer);
	if (!text) {
		perror("snprintf");
		return EXIT_FAILURE;
	}
	printf("allocated %zu bytes: [%s]\n", strlen(text) + 1, text);
	free(text);
	return EXIT_SUCCESS;
}
