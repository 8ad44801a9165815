// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have one processor wait for another one, in assembly from reset on.
 *
 * On gem5's boards both come out of reset at the same address and tell themselves apart by MPIDR_EL1. On QEMU's the second one is
 * off until PSCI's CPU_ON (Arm DEN 0022, 5.6) turns it on: HVC, with the number of the function, the processor, its first
 * instruction, and what it finds in x0. In EL2 (`emulator.machine = "virt,virtualization=on"`) HVC is a hypervisor's own, and QEMU
 * answers to SMC; in EL3 (`"virt,secure=on"`) PSCI would be the program's own, and QEMU starts both as gem5 does. Without
 * translation memory is Device memory, which no cache holds back.
 *
 * [lkmc]
 * machine = { cpus = 2 }
 *
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.text
	.globl _start
_start:
	adr	x4, flag
	mrs	x0, mpidr_el1
	ands	x0, x0, #0xff
	b.eq	first
	cmp	x0, #1
	b.ne	sleep
	mov	w5, #7
	str	w5, [x4]
	dsb	sy
	sev
sleep:	wfe
	b	sleep

first:
#if LKMC_PSCI
	mrs	x6, CurrentEL
	cmp	x6, #2 << 2
	b.hi	1f
	ldr	x0, =0xc4000003		/* CPU_ON */
	mov	x1, #1
	adr	x2, _start
	mov	x3, #0
	b.eq	by_smc
	hvc	#0
	b	1f
by_smc:	smc	#0
#endif
1:	ldr	w5, [x4]
	cbnz	w5, 2f
	wfe
	b	1b
2:	adr	x1, reason		/* the status is what the other one has stored */
	str	x5, [x1, #8]
	dsb	sy
	mov	w0, #0x18		/* SYS_EXIT */
	hlt	#0xf000

	.balign	8
reason:
	.quad	0x20026			/* ADP_Stopped_ApplicationExit */
	.quad	0
flag:	.quad	0
