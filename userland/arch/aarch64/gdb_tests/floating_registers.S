/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Look at floating-point and vector registers in a debugger.
 *
 * GDB does not know what is in a vector, so it shows everything that it could be: `p $v0` is a union, `p $v0.d.f` its two
 * doubles, `p $v1.s.u` four words without sign, `p $v1.b.u` sixteen bytes. `$d0` and `$s0` are unions, too: `p $d0.f`. An element
 * can be set: `set $v0.d.f[0] = 2.5`. The program adds 1 to the first double after that and gives it back as its status.
 *
 *	./lkmc demo debug userland/arch/aarch64/gdb_tests/floating_registers.S loaded -p aarch64-qemu
 *
 * GDB manual, "Registers", "Vector Unit"; Arm ARM DDI 0487, B1.2, "Registers in AArch64 Execution state".
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./floating_registers"
 * status = 2
 * [/lkmc]
 */
	.section .rodata
	.balign	16
doubles:
	.double	1.5, -0.25
words:
	.word	1, 2, 3, 0xffffffff

	.text
	.globl	main
	.type	main, %function
main:
	adrp	x0, doubles
	add	x0, x0, :lo12:doubles
	ld1	{v0.2d}, [x0]
	adrp	x0, words
	add	x0, x0, :lo12:words
	ld1	{v1.4s}, [x0]
loaded:
	fmov	d2, #1.0
	fadd	d0, d0, d2
	fcvtzs	w0, d0
	ret
