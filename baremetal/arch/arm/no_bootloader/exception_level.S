// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say in which mode the processor comes out of reset.
 *
 * Mode 19 is Supervisor mode, 26 is a hypervisor's. Which exception level Supervisor mode belongs to the number does not tell: in
 * the secure world, where a processor with the Security Extensions begins, it is a mode of EL3, without them one of EL1. If there
 * are Virtualization Extensions but no secure world, it begins in Hyp mode, which is EL2 (Arm ARM DDI 0406, B1.9.1). ID_PFR1 says
 * which extensions there are. QEMU's `virt` has none, `emulator.machine = "virt,virtualization=on"` and `"virt,secure=on"` in a
 * profile have one of them; gem5's boards have the secure world.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = "out of reset in mode {dec:mode}, by ID_PFR1 in mode {dec:mode}\n"
 * [/lkmc]
 */

	.arch	armv7-a
	.syntax	unified
	.arm
	.text
	.globl _start
_start:
	mrc	p15, 0, r0, c0, c0, 5	/* MPIDR */
	tst	r0, #0xff
	bne	sleep
	mrs	r0, cpsr
	and	r0, r0, #0x1f
	adr	r1, mode
	bl	print
	mrc	p15, 0, r2, c0, c1, 1	/* ID_PFR1 */
	mov	r0, #19
	tst	r2, #0xf << 4		/* Security Extensions */
	bne	1f
	tst	r2, #0xf << 12		/* Virtualization Extensions */
	movne	r0, #26
1:	adr	r1, expected
	bl	print
	dsb
	mov	r0, #0x04		/* SYS_WRITE0 */
	adr	r1, text
	svc	#0x123456
	mov	r0, #0x20		/* SYS_EXIT_EXTENDED */
	adr	r1, reason
	svc	#0x123456
sleep:	wfe
	b	sleep

/* r0, which is from 10 to 39, as two digits at r1. */
print:	mov	r3, #'0'
1:	cmp	r0, #10
	subhs	r0, r0, #10
	addhs	r3, r3, #1
	bhs	1b
	strb	r3, [r1]
	add	r0, r0, #'0'
	strb	r0, [r1, #1]
	bx	lr

	.balign	4
reason:
	.word	0x20026			/* ADP_Stopped_ApplicationExit */
	.word	0
text:	.ascii	"out of reset in mode "
mode:	.ascii	"??, by ID_PFR1 in mode "
expected: .asciz "??\n"
