// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Have one processor wait for another one, in assembly from reset on.
 *
 * On gem5's boards both come out of reset at the same address and tell themselves apart by MPIDR. On QEMU's the second one is off
 * until PSCI's CPU_ON (Arm DEN 0022, 5.6) turns it on: HVC, with the number of the function, the processor, its first instruction,
 * and what it finds in r0. In Hyp mode (`emulator.machine = "virt,virtualization=on"`) HVC is a hypervisor's own, and QEMU answers
 * to SMC; in the secure world (`"virt,secure=on"`) PSCI would be the program's own, and QEMU starts both as gem5 does. Without
 * translation no cache holds data back.
 *
 * [lkmc]
 * machine = { cpus = 2 }
 *
 * [[lkmc.run]]
 * status = 7
 * [/lkmc]
 */

	.arch	armv7-a
	.arch_extension virt
	.arch_extension sec
	.syntax	unified
	.arm
	.text
	.globl _start
_start:
	adr	r4, flag
	mrc	p15, 0, r0, c0, c0, 5	/* MPIDR */
	ands	r0, r0, #0xff
	beq	first
	cmp	r0, #1
	bne	sleep
	mov	r5, #7
	str	r5, [r4]
	dsb
	sev
sleep:	wfe
	b	sleep

first:
#if LKMC_PSCI
	mrc	p15, 0, r6, c0, c1, 1	/* ID_PFR1 */
	tst	r6, #0xf << 4		/* Security Extensions */
	bne	1f
	ldr	r0, =0x84000003		/* CPU_ON */
	mov	r1, #1
	adr	r2, _start
	mov	r3, #0
	tst	r6, #0xf << 12		/* Virtualization Extensions */
	bne	by_smc
	hvc	#0
	b	1f
by_smc:	smc	#0
#endif
1:	ldr	r5, [r4]
	cmp	r5, #0
	wfeeq
	beq	1b
	adr	r1, reason		/* the status is what the other one has stored */
	str	r5, [r1, #4]
	dsb
	mov	r0, #0x20		/* SYS_EXIT_EXTENDED */
	svc	#0x123456

	.balign	4
reason:
	.word	0x20026			/* ADP_Stopped_ApplicationExit */
	.word	0
flag:	.word	0
