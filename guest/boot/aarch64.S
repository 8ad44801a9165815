/*
 * What a 64-bit Arm machine of gem5 executes before the kernel: from EL3 to EL2, with the interrupt controller handed to
 * the non-secure side. gem5 loads it into its boot memory (`ArmFsLinux.boot_loader`) and sets on every processor
 *
 *   x0 the device tree   x3 the kernel   x4 GICv2's CPU interface, 0 with GICv3   x5 the release address
 *
 * The kernel's side of it is Documentation/arch/arm64/booting.rst. Registers and their fields are described
 * under these names in the Arm ARM (DDI 0487) and in the GIC architecture (IHI 0048 for GICv2, IHI 0069 for GICv3).
 *
 * An exception that reaches EL3 ends the simulation with code 0x300 + its class (ESR_EL3.EC), where a kernel that nobody
 * answers would be silent for ever.
 */

/* Where VExpress_GEM5_V2 has its GICv3, and how far VExpress_GEM5_V1 has GICv2's distributor below the CPU interface; the test
 * of this file runs it on another board. */
#ifndef GICD_V3
#define GICD_V3 0x2c000000
#define GICR_V3 0x2c010000
#define GICD_TO_GICC 0x1000
/* The memory-mapped timers' control frame. */
#define CNTCTL 0x2a810000
#endif
/* What gem5's system counter counts in a second, unless its reset value says otherwise. */
#define COUNTER_HZ 0x1800000

#define SCTLR_EL2_RES1 0x30c50830
#define SCTLR_EL1_RES1 0x30d00800
#define SPSR_EL2H_MASKED 0x3c9
#define SPSR_EL1H_MASKED 0x3c5

#define SCR_NS (1 << 0)
#define SCR_RES1 (3 << 4)
#define SCR_HCE (1 << 8)
#define SCR_RW (1 << 10)

#define ID_AA64ISAR2_EL1 S3_0_C0_C6_2
#define ID_AA64MMFR3_EL1 S3_0_C0_C7_3
#define ID_AA64SMFR0_EL1 S3_0_C0_C4_5
#define ICC_SRE_EL3 S3_6_C12_C12_5
#define SMCR_EL3 S3_6_C1_C2_6
#define ZCR_EL3 S3_6_C1_C2_0

	.arch armv8-a
	.text

	.balign 0x800
vectors:
	.rept 16
	.balign 0x80
	b	trapped
	.endr

	.balign 0x80
trapped:
	mrs	x1, esr_el3
	lsr	x1, x1, #26
	orr	x1, x1, #0x300
	mov	x0, xzr
	.inst	0xff220110			/* m5 fail, no delay, code x1 */
0:	wfi
	b	0b

/* With the field at `lsb` of an ID register no less than `least`: the bits in `bits` are added to `to`. Uses x1, x2. */
	.macro with_feature to, id, lsb, least, bits
	ubfx	x1, \id, #\lsb, #4
	cmp	x1, #\least
	ldr	x2, =\bits
	orr	x2, x2, \to
	csel	\to, x2, \to, hs
	.endm

	.globl _start
_start:
	mov	x20, x3				/* the kernel */
	mov	x21, x0				/* the device tree */
	mov	x22, x4				/* GICv2's CPU interface */
	mov	x23, x5				/* the release address */
	mrs	x24, mpidr_el1
	ldr	x0, =0xff00ffffff
	and	x24, x24, x0			/* affinity; 0 on the first processor */
	mrs	x0, CurrentEL
	cmp	x0, #(3 << 2)
	b.ne	enter				/* no EL3 in this machine: gem5 begins where the kernel wants to */

	adr	x0, vectors
	msr	vbar_el3, x0
	mrs	x0, cntfrq_el0			/* only the highest level may write it */
	cbnz	x0, 0f
	ldr	x0, =COUNTER_HZ
	msr	cntfrq_el0, x0
0:
/* CNTNSAR: the non-secure side may use the memory-mapped timers. Linux uses no architected timer at all if the device tree
 * has one of these and it cannot. */
#ifdef CNTCTL
	cbnz	x24, 0f
	ldr	x1, =CNTCTL
	mov	w2, #0xff
	str	w2, [x1, #4]
0:
#endif
/* SCR_EL3: the lower levels are non-secure, AArch64, and not trapped in what they have. */
	mrs	x10, id_aa64pfr0_el1
	mrs	x11, id_aa64pfr1_el1
	mrs	x12, id_aa64isar1_el1
	mrs	x13, ID_AA64ISAR2_EL1
	mrs	x14, id_aa64mmfr0_el1
	mrs	x15, id_aa64mmfr1_el1
	mrs	x16, ID_AA64MMFR3_EL1
	mov	x19, #(SCR_NS | SCR_RES1 | SCR_RW)
	with_feature x19, x10, 8, 1, SCR_HCE		/* EL2 */
	with_feature x19, x12, 4, 1, (3 << 16)		/* APK, API: pointer authentication, one of three algorithms */
	with_feature x19, x12, 8, 1, (3 << 16)
	with_feature x19, x13, 12, 1, (3 << 16)
	with_feature x19, x11, 8, 2, (1 << 26)		/* ATA: memory tags */
	with_feature x19, x14, 56, 1, (1 << 27)		/* FGTEn: fine-grained traps */
	with_feature x19, x14, 60, 2, (1 << 28)		/* ECVEn: the counter's offset */
	with_feature x19, x15, 40, 1, (1 << 38)		/* HXEn: HCRX_EL2 */
	with_feature x19, x11, 24, 1, (1 << 41)		/* EnTP2: TPIDR2 of SME */
	with_feature x19, x16, 0, 1, (1 << 43)		/* TCR2En */
	with_feature x19, x16, 4, 1, (1 << 44)		/* SCTLR2En */
	with_feature x19, x16, 8, 1, (1 << 45)		/* PIEn: permission indirection */
	msr	scr_el3, x19
	msr	mdcr_el3, xzr			/* debug and the PMU are the kernel's */

/* CPTR_EL3: floating point always, SVE and SME with all the lengths that there are. */
	mov	x19, xzr
	with_feature x19, x10, 32, 1, (1 << 8)		/* EZ */
	with_feature x19, x11, 24, 1, (1 << 12)		/* ESM */
	msr	cptr_el3, x19
	isb
	mov	x0, #0xf
	tbz	x19, #8, 0f
	msr	ZCR_EL3, x0
0:	tbz	x19, #12, 0f
	mrs	x1, ID_AA64SMFR0_EL1
	lsr	x1, x1, #63			/* FA64: all instructions in streaming mode */
	orr	x0, x0, x1, lsl #31
	msr	SMCR_EL3, x0
0:
	cbz	x22, gic_v3

/* GICv2: all interrupts are in group 1. Those below 32 are each processor's own. */
gic_v2:
	sub	x1, x22, #GICD_TO_GICC
	mov	w2, #-1
	str	w2, [x1, #0x80]			/* GICD_IGROUPR0 */
	cbnz	x24, 1f
	ldr	w3, [x1, #4]			/* GICD_TYPER.ITLinesNumber */
	ands	w3, w3, #0x1f
	add	x4, x1, #0x84
0:	b.eq	0f
	str	w2, [x4], #4
	subs	w3, w3, #1
	b	0b
0:	mov	w2, #3
	str	w2, [x1]			/* GICD_CTLR: both groups */
1:	mov	w2, #0xff
	str	w2, [x22, #4]			/* GICC_PMR: the non-secure side may choose */
	mov	w2, #3
	str	w2, [x22]			/* GICC_CTLR: both groups */
	b	leave

/* GICv3: the first processor sets up the distributor and wakes every redistributor. */
gic_v3:
	cbnz	x24, 2f
	ldr	x1, =GICD_V3
	mov	w2, #(3 << 4)			/* GICD_CTLR: affinity routing on both sides, before the groups */
	str	w2, [x1]
	bl	distributor_ready
	mov	w2, #(3 << 4 | 7)
	str	w2, [x1]
	bl	distributor_ready
	ldr	w3, [x1, #4]			/* GICD_TYPER.ITLinesNumber */
	ands	w3, w3, #0x1f
	mov	w2, #-1
	add	x4, x1, #0x84			/* GICD_IGROUPR1 and on; with GICD_IGRPMODR 0 that is non-secure group 1 */
0:	b.eq	0f
	str	w2, [x4], #4
	subs	w3, w3, #1
	b	0b
0:	mov	w3, #0xffe8			/* GICD_PIDR2.ArchRev: GICv4 has four frames for each processor, GICv3 two */
	ldr	w3, [x1, x3]
	ubfx	w3, w3, #4, #4
	cmp	w3, #4
	mov	x5, #0x20000
	mov	x6, #0x40000
	csel	x5, x6, x5, eq
	ldr	x1, =GICR_V3
0:	ldr	w3, [x1, #0x14]			/* GICR_WAKER: ProcessorSleep off, until ChildrenAsleep is */
	bic	w3, w3, #2
	str	w3, [x1, #0x14]
	dsb	sy
1:	ldr	w3, [x1, #0x14]
	tbnz	w3, #2, 1b
	add	x4, x1, #0x10000
	str	w2, [x4, #0x80]			/* GICR_IGROUPR0 */
	ldr	x3, [x1, #8]			/* GICR_TYPER.Last */
	add	x1, x1, x5
	tbz	x3, #4, 0b
2:	mrs	x0, ICC_SRE_EL3			/* system registers, no bypass, and EL2 may use them */
	orr	x0, x0, #0xf
	msr	ICC_SRE_EL3, x0
	isb

/* To EL2, or to EL1 where there is none; MMU and caches are off there. */
leave:
	ubfx	x0, x10, #8, #4			/* ID_AA64PFR0_EL1.EL2 */
	cbz	x0, 0f
	ldr	x1, =SCTLR_EL2_RES1
	msr	sctlr_el2, x1
	mov	x0, #SPSR_EL2H_MASKED
	b	1f
0:	ldr	x1, =SCTLR_EL1_RES1
	msr	sctlr_el1, x1
	mov	x0, #SPSR_EL1H_MASKED
1:	msr	spsr_el3, x0
	adr	x0, enter
	msr	elr_el3, x0
	isb
	eret

/* The first processor goes to the kernel. The others wait until the kernel says where to, by an address and an event. */
enter:
	mov	x1, xzr
	mov	x2, xzr
	mov	x3, xzr
	cbnz	x24, 0f
	mov	x0, x21
	br	x20
0:	mov	x0, xzr
1:	wfe
	ldr	x4, [x23]
	cbz	x4, 1b
	br	x4

/* GICD_CTLR.RWP: the last write has not reached everything. Distributor in x1; uses w3. */
distributor_ready:
	ldr	w3, [x1]
	tbnz	w3, #31, distributor_ready
	ret

	.ltorg
