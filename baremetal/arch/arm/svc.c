// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Make a system call to oneself.
 *
 * SVC takes the processor to offset 8 of the table at VBAR, in Supervisor mode (Arm ARM DDI 0406, B1.8). The state to go back to is
 * in that mode's own LR and SPSR; SRS puts both on a stack, RFE goes back by them. No register says which number stood behind SVC:
 * the handler reads the instruction. The caller is in Supervisor mode too, so its link register is lost.
 *
 * The entry keeps the general registers that a C function may change. Those of floating point, which printf() may change as
 * well, it does not: the compiler is told at the SVC that they are lost. Where an exception comes unasked, nobody can be told,
 * and all of them have to be kept (baremetal/lib/interrupts-arm.S).
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * number 0x2a, from mode 0x13
 * back
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

/* Exceptions are taken in Thumb state (baremetal/lib/start-arm.S). */
asm("	.text\n"
    "	.syntax	unified\n"
    "	.thumb\n"
    "	.balign	0x20\n"
    "vectors:\n"
    "	b.w	.\n"
    "	b.w	.\n"
    "	srsdb	sp!, #0x13\n"
    "	push	{r0-r3, r12, lr}\n"
    "	add	r0, sp, #24\n"
    "	bl	handle\n"
    "	pop	{r0-r3, r12, lr}\n"
    "	rfeia	sp!\n");

extern char vectors[];

#define MODE 0x1f
/* Without d8 to d15, which each function keeps. */
#define FLOATING_POINT                                                                                      \
	"d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d16", "d17", "d18", "d19", "d20", "d21", "d22", "d23", \
	"d24", "d25", "d26", "d27", "d28", "d29", "d30", "d31"

struct state {
	/* Behind the SVC. */
	const uint8_t *next;
	uint32_t cpsr;
};

void handle(const struct state *before)
{
	/* In Thumb state the number is the lower one of two bytes. */
	printf("number 0x%x, from mode 0x%" PRIx32 "\n", before->next[-2], before->cpsr & MODE); /* gdb: handling */
}

int main(void)
{
	asm volatile("mcr p15, 0, %0, c12, c0, 0\n\tisb" : : "r"(vectors));
	asm volatile("svc #42" : : : "lr", FLOATING_POINT, "memory"); /* gdb: call */
	puts("back");
	return 0;
}
