/* What becomes of a program that meets an exception it does not handle. */

#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

/* As a shell says it of a program that SIGSEGV killed. */
#define STATUS 139

/* `syndrome` is ESR_EL1, on arm IFSR or DFSR, `address` FAR_EL1, IFAR or DFAR; both are 0 on arm for what has none. `from` is the
 * instruction (on aarch64 the one after an SVC), or where an interrupt came. */
void lkmc_unexpected(const char *kind, uintptr_t syndrome, uintptr_t from, uintptr_t address)
{
	printf("unexpected exception: %s, syndrome 0x%lx, at 0x%lx, address 0x%lx\n", kind, (unsigned long)syndrome,
	       (unsigned long)from, (unsigned long)address);
	_exit(STATUS);
}
