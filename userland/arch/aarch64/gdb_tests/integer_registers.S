/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at general registers in a debugger.
 *
 * Every general register but the frame pointer and the return address gets a number of its own before `loaded`. There GDB shows
 * them: `info registers` all of them, `p $x0` one, `p/x $w0` its lower half, `p $cpsr` the flags, by the name that they have on
 * 32-bit Arm. `p $pc` says at which label it is, too.
 *
 *	./lkmc demo debug userland/arch/aarch64/gdb_tests/integer_registers.S loaded -p aarch64-qemu
 *
 * GDB manual, "Registers"; Arm ARM DDI 0487, B1.2, "Registers in AArch64 Execution state".
 */
	.text
	.globl	main
	.type	main, %function
main:
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]

	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	ldr	x\n, =0x1111111111111100 + \n
	.endr
loaded:
	ldr	x0, =0xfedcba9876543210
	subs	x1, x1, x1		/* Z and C */

	ldp	x27, x28, [sp, #80]
	ldp	x25, x26, [sp, #64]
	ldp	x23, x24, [sp, #48]
	ldp	x21, x22, [sp, #32]
	ldp	x19, x20, [sp, #16]
	ldp	x29, x30, [sp], #96
	mov	w0, #0
	ret
