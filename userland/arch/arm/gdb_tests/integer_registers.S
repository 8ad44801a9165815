/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at general registers in a debugger.
 *
 * r0 to r12 get a number each before `loaded`. There GDB shows them: `info registers` all of them, `p $r0` one, `p $cpsr` the
 * flags, N, Z, C and V from bit 31 down. sp, lr and pc are its names for r13 to r15.
 *
 *	./lkmc demo debug userland/arch/arm/gdb_tests/integer_registers.S loaded -p arm-qemu
 *
 * GDB manual, "Registers"; Arm ARM DDI 0406, A2.3, "ARM core registers".
 */
	.syntax	unified
	.arm
	.text
	.globl	main
	.type	main, %function
main:
	push	{r4-r11, lr}
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	ldr	r\n, =0x11111100 + \n
	.endr
loaded:
	ldr	r0, =0x76543210
	subs	r1, r1, r1		/* Z and C */

	mov	r0, #0
	pop	{r4-r11, pc}
