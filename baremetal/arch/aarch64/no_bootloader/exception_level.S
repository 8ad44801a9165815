// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Say in which exception level the processor comes out of reset.
 *
 * It is the highest one that there is (Arm ARM DDI 0487, D1.2), and which ones there are says ID_AA64PFR0_EL1. On QEMU's `virt`
 * that is EL1, on gem5's boards EL3. A profile with `emulator.machine = "virt,virtualization=on"` begins in EL2, where a
 * hypervisor would run; `"virt,secure=on"` in EL3, from where the secure world is ruled.
 *
 * [lkmc]
 * [[lkmc.run]]
 * stdout = "out of reset in EL{dec:level}, the highest is EL{dec:level}\n"
 * [/lkmc]
 */

	.text
	.globl _start
_start:
	mrs	x2, mpidr_el1
	tst	x2, #0xff
	b.ne	sleep
	adr	x1, text
	mrs	x2, CurrentEL
	lsr	x2, x2, #2		/* bits 2 and 3 */
	add	x2, x2, #'0'
	strb	w2, [x1, #level - text]
	mrs	x2, id_aa64pfr0_el1
	mov	x3, #'3'
	tst	x2, #0xf << 12
	b.ne	1f
	mov	x3, #'2'
	tst	x2, #0xf << 8
	b.ne	1f
	mov	x3, #'1'
1:	strb	w3, [x1, #highest - text]
	mov	w0, #0x04		/* SYS_WRITE0 */
	dsb	sy
	hlt	#0xf000
	mov	w0, #0x18		/* SYS_EXIT */
	adr	x1, reason
	hlt	#0xf000
sleep:	wfe
	b	sleep

	.balign	8
reason:
	.quad	0x20026			/* ADP_Stopped_ApplicationExit */
	.quad	0
text:	.ascii	"out of reset in EL"
level:	.ascii	"?, the highest is EL"
highest: .asciz	"?\n"
