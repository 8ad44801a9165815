// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print where things are in memory, to see whether the kernel puts them somewhere else each time.
 *
 * Address space layout randomization (ASLR) makes the addresses of stack, heap, mappings and of
 * relocatable programs unpredictable, so that an attacker who can overwrite a pointer does not
 * know what to write. /proc/sys/kernel/randomize_va_space turns it off (0), on (1), or on with
 * the heap (2); the boot parameter `norandmaps` starts with 0, which is what one wants for
 * repeatable experiments.
 *
 * The program is linked statically at fixed addresses, so main() itself is always at the same
 * place. The demo compares what two runs print.
 *
 * Sources: kernel documentation, admin-guide/sysctl/kernel.rst, "randomize_va_space".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = '''
 * ./rand_check > first
 * ./rand_check > second
 * cmp -s first second || echo randomized: they differ
 * echo 0 > /proc/sys/kernel/randomize_va_space
 * ./rand_check > first
 * ./rand_check > second
 * cmp -s first second && echo not randomized: they are the same
 * cat first
 * '''
 * stdout = """
 * randomized: they differ
 * not randomized: they are the same
 * main:  0x{hex}
 * heap:  0x{hex}
 * stack: 0x{hex}
 * mmap:  0x{hex}
 * """
 * [/lkmc]
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

int main(void)
{
	int on_stack;
	void *on_heap = malloc(1);
	void *mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	printf("main:  %#jx\n", (uintmax_t)(uintptr_t)main);
	printf("heap:  %#jx\n", (uintmax_t)(uintptr_t)on_heap);
	printf("stack: %#jx\n", (uintmax_t)(uintptr_t)&on_stack);
	printf("mmap:  %#jx\n", (uintmax_t)(uintptr_t)mapped);
	free(on_heap);
	return EXIT_SUCCESS;
}
