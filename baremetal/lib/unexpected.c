/* What becomes of a program that meets an exception it does not handle. */

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* As a shell says it of a program that SIGSEGV killed. */
#define STATUS 139

/* `syndrome` is ESR_EL1, or DFSR on arm; `address` is FAR_EL1 or DFAR. */
void lkmc_unexpected(uintptr_t syndrome, uintptr_t from, uintptr_t address)
{
	printf("unexpected exception: syndrome 0x%lx, at 0x%lx, address 0x%lx\n", (unsigned long)syndrome, (unsigned long)from,
	       (unsigned long)address);
	_exit(STATUS);
}
