/*
 * What a 32-bit Arm machine of gem5 executes before the kernel: from the secure to the non-secure side, into HYP mode
 * where there is one, with the interrupt controller (GICv2) handed over. gem5 loads it into its boot memory
 * (`ArmFsLinux.boot_loader`) and sets on every processor what the kernel wants, and more:
 *
 *   r0 0   r1 machine   r2 the device tree   r3 the kernel   r4 GICv2's CPU interface, or 0
 *
 * The kernel's side of it is Documentation/arch/arm/booting.rst. Registers are described under these names in the Arm ARM
 * for ARMv7-A (DDI 0406) and in the GIC architecture (IHI 0048).
 */

/* How far VExpress_GEM5_V1 has the distributor below the CPU interface; the test of this file runs it on another board. */
#ifndef GICD_TO_GICC
#define GICD_TO_GICC 0x1000
/* The memory-mapped timers' control frame. */
#define CNTCTL 0x2a810000
#endif
/* The board's flags register: the kernel's entry for the other processors (mach-versatile/platsmp-vexpress.c). */
#define SYS_FLAGS 0x1c010030
/* What gem5's system counter counts in a second, unless its reset value says otherwise. */
#define COUNTER_HZ 0x1800000

#define MODE 0x1f
#define MODE_SVC 0x13
#define MODE_MON 0x16
#define MODE_HYP 0x1a
#define MASKED 0x1c0

	.syntax unified
	.arch armv7-a
	.arch_extension sec
	.arch_extension virt
	.arm
	.text

	.globl _start
_start:
	mrc	p15, 0, r6, c0, c0, 5		/* MPIDR: affinity; 0 on the first processor */
	bic	r6, r6, #0xff000000
	mrs	r7, cpsr
	and	r7, r7, #MODE
	cmp	r7, #MODE_HYP
	beq	gic				/* no secure side in this machine */

	mrc	p15, 0, r10, c0, c1, 1		/* ID_PFR1: security [7:4], virtualization [15:12] */
/* The timer is there whatever ID_PFR1 says: gem5 decides what it says before it has made the timer. */
	mrc	p15, 0, r7, c14, c0, 0		/* CNTFRQ: only the secure side may write it */
	cmp	r7, #0
	ldreq	r7, =COUNTER_HZ
	mcreq	p15, 0, r7, c14, c0, 0
/* CNTNSAR: the non-secure side may use the memory-mapped timers. Linux uses no architected timer at all if the device tree
 * has one of these and it cannot. */
#ifdef CNTCTL
	cmp	r6, #0
	ldreq	r7, =CNTCTL
	moveq	r8, #0xff
	streq	r8, [r7, #4]
#endif

/* All interrupts are in group 1. Those below 32 are each processor's own. */
gic:
	cmp	r4, #0
	beq	leave
	sub	r7, r4, #GICD_TO_GICC		/* the distributor */
	mvn	r8, #0
	str	r8, [r7, #0x80]			/* GICD_IGROUPR0 */
	cmp	r6, #0
	bne	1f
	ldr	r9, [r7, #4]			/* GICD_TYPER.ITLinesNumber */
	ands	r9, r9, #0x1f
	add	r12, r7, #0x84
0:	strne	r8, [r12], #4
	subsne	r9, r9, #1
	bne	0b
	mov	r8, #3
	str	r8, [r7]			/* GICD_CTLR: both groups */
1:	mov	r8, #0xff
	str	r8, [r4, #4]			/* GICC_PMR: the non-secure side may choose */
	mov	r8, #3
	str	r8, [r4]			/* GICC_CTLR: both groups */
	dsb

leave:
	mrs	r7, cpsr
	and	r7, r7, #MODE
	cmp	r7, #MODE_HYP
	beq	enter
	tst	r10, #0xf0
	beq	enter				/* no security extensions: there is one side only */
	mrc	p15, 0, r7, c1, c1, 2		/* NSACR: floating point is the kernel's */
	orr	r7, r7, #(3 << 10)
	mcr	p15, 0, r7, c1, c1, 2
	cps	#MODE_MON
	mrc	p15, 0, r7, c1, c1, 0		/* SCR: NS, and the kernel masks FIQs and aborts (FW, AW) */
	orr	r7, r7, #(1 << 0 | 3 << 4)
	tst	r10, #0xf000
	orrne	r7, r7, #(1 << 8)		/* HCE */
	mcr	p15, 0, r7, c1, c1, 0
	isb
/* From here on the system registers are the non-secure ones. MMU and caches are off there. */
	mrc	p15, 0, r7, c1, c0, 0		/* SCTLR: M, C, V and TE off */
	bic	r7, r7, #(1 << 0 | 1 << 2)
	bic	r7, r7, #(1 << 13)
	bic	r7, r7, #(1 << 30)
	mcr	p15, 0, r7, c1, c0, 0
	mov	r8, #(MASKED | MODE_SVC)
	tst	r10, #0xf000
	beq	0f
	ldr	r7, =0x30c50818			/* HSCTLR: what is always one */
	mcr	p15, 4, r7, c1, c0, 0
	mrc	p15, 4, r7, c14, c1, 0		/* CNTHCTL: the kernel below HYP has the counter and its timer. Linux sets */
	orr	r7, r7, #3			/* this itself only where ID_PFR1 tells of a timer. */
	mcr	p15, 4, r7, c14, c1, 0
	mov	r7, #0
	mov	r8, #0
	mcrr	p15, 4, r7, r8, c14		/* CNTVOFF: the same on all processors */
	mov	r8, #(MASKED | MODE_HYP)
0:	msr	spsr_cxsf, r8
	isb
	adr	lr, enter
	movs	pc, lr

/* The first processor goes to the kernel. The others wait for its address, and look after each interrupt. */
enter:
	cmp	r6, #0
	bxeq	r3
	ldr	r7, =SYS_FLAGS
0:	ldr	r8, [r7]
	cmp	r8, #0
	bxne	r8
	wfi
	b	0b

	.ltorg
