/*
 * Plays gem5 for its x86_64 operations: a processor of this machine raises SIGILL at 0f 04, and the handler decodes the number
 * and the arguments as gem5 does. The address form loads from a page that we put there. One line for each operation and form.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>

#include "m5ops.h"

static volatile uint64_t arguments[6];
static volatile unsigned number, times;

static void decode(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
	const unsigned char *code = (const unsigned char *)registers[REG_RIP];
	static const int places[] = {REG_RDI, REG_RSI, REG_RDX, REG_RCX, REG_R8, REG_R9};

	(void)signal;
	(void)info;
	if (code[0] != 0x0f || code[1] != 0x04)
		_exit(3);
	number = code[2] | code[3] << 8;
	for (int i = 0; i < 6; i++)
		arguments[i] = (uint64_t)registers[places[i]];
	times++;
	registers[REG_RAX] = (greg_t)0xfedcba9876543210u;
	registers[REG_RIP] += 4;
}

#define CHECK(name, expected)                                                                                          \
	{                                                                                                              \
		uint64_t result;                                                                                       \
                                                                                                                       \
		times = 0;                                                                                             \
		m5_page = NULL;                                                                                        \
		result = m5_raw_##name(1, 20, 300, 4000, 50000, 600000);                                               \
		printf("instruction %s %#x %u %llu %#llx\n", #name, number, times,                                      \
		       (unsigned long long)(arguments[0] + arguments[1] + arguments[2] + arguments[3] + arguments[4] + \
					    arguments[5]),                                                                 \
		       (unsigned long long)result);                                                                    \
		times = 0;                                                                                             \
		m5_page = page;                                                                                        \
		result = m5_raw_##name(1, 20, 300, 4000, 50000, 600000);                                               \
		printf("address %s %#llx %u\n", #name, (unsigned long long)result, times);                              \
	}

int main(void)
{
	struct sigaction action = {.sa_sigaction = decode, .sa_flags = SA_SIGINFO};
	static unsigned char page[M5_ADDRESS_SIZE] __attribute__((aligned(4096)));

	/* What is loaded says from where. */
	for (uint64_t at = 0; at < sizeof page; at += 8) {
		uint64_t value = 0xabcd000000000000u | at;

		memcpy(page + at, &value, sizeof value);
	}
	if (sigaction(SIGILL, &action, NULL))
		return 1;
	printf("base %#x\n", M5_DEFAULT_BASE);
	M5_OPERATIONS(CHECK)
	return 0;
}
