// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Give each mode of the processor a stack pointer of its own.
 *
 * What is an exception level on 64-bit Arm is a mode on ARMv7, one for each kind of exception. CPS changes it, and with it which
 * register `sp` is: six of them, of which User and System mode share one (Arm ARM DDI 0406, B1.3.2). The program writes a
 * different value into each and then finds them all again.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = """
 * fiq  0x11: sp 0x11000
 * irq  0x12: sp 0x12000
 * abt  0x17: sp 0x17000
 * und  0x1b: sp 0x1b000
 * sys  0x1f: sp 0x1f000
 * still svc  0x13: 1
 * """
 * [/lkmc]
 */

#include <inttypes.h>
#include <stdio.h>

#define SVC 0x13
#define MODE 0x1f
#define MODES(DO) DO(fiq, 0x11) DO(irq, 0x12) DO(abt, 0x17) DO(und, 0x1b) DO(sys, 0x1f)

/* Goes to a mode, and back to this one before anything else uses the stack. "l" is one of r0 to r7: FIQ mode has its own r8 to
 * r12. */
#define SET(name, mode) \
	asm volatile("cps #" #mode "\n\tmov sp, %0\n\tcps #0x13" : : "l"(mode << 12) : "memory");
#define SHOW(name, mode)                                                                 \
	asm volatile("cps #" #mode "\n\tmov %0, sp\n\tcps #0x13" : "=l"(sp) : : "memory"); \
	printf("%-4s 0x%x: sp 0x%" PRIx32 "\n", #name, mode, sp);

int main(void)
{
	uint32_t sp, cpsr;

	MODES(SET)
	MODES(SHOW)
	asm volatile("mrs %0, cpsr" : "=r"(cpsr));
	printf("still svc  0x%x: %d\n", SVC, (cpsr & MODE) == SVC);
	return 0;
}
