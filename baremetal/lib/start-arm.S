/*
 * From reset to picolibc's _start on arm: in Supervisor mode, with address translation and caches on, for the reason that
 * start-aarch64.S gives, which also says what becomes of the other processors. Addresses are mapped to themselves in sections
 * of 1 MiB (Arm ARM DDI 0406, B3.5).
 *
 * Supervisor mode is that of the world that a processor comes out of reset in: the secure one, if
 * it has two. One with Virtualization Extensions and a single world comes out of reset in Hyp mode.
 */

#include "lkmc/board.h"

#define MODE 0x1f
#define HYP 0x1a
/* Supervisor mode, all interrupts masked. */
#define SUPERVISOR_MASKED 0x1d3
#define CNTHCTL_PL1 3

#define DOMAIN_0_CLIENT 1
#define SCTLR_M_C (1 << 0 | 1 << 2)
#define SCTLR_I (1 << 12)
/* Exceptions are taken in Thumb state, as picolibc will have it on the first processor. */
#define SCTLR_TE (1 << 30)

#define CPACR_CP10_CP11 (0xf << 20)
#define FPEXC_EN (1 << 30)
#define SPSR_T (1 << 5)

#define SECTION (2 << 0)
#define CACHED (3 << 2)			/* C and B; with TEX 1: write-back, write-allocate */
#define TEX_1 (1 << 12)
#define NEVER_EXECUTED (1 << 4)
#define FULL_ACCESS (3 << 10)
#define SHAREABLE (1 << 16)
#define DEVICES (SECTION | NEVER_EXECUTED | FULL_ACCESS)
#define MEMORY (SECTION | CACHED | TEX_1 | FULL_ACCESS | SHAREABLE)
#define MIB_OF_DEVICES 1024

	.arch armv7-a
	.arch_extension virt
	.fpu neon
	.syntax unified
	.arm
	.text
	.globl lkmc_start
	.type lkmc_start, %function
lkmc_start:
	mrs	r0, cpsr
	and	r0, r0, #MODE
	cmp	r0, #HYP
	bne	supervisor
	mov	r0, #CNTHCTL_PL1
	mcr	p15, 4, r0, c14, c1, 0		/* CNTHCTL: the timers are Supervisor mode's */
	mov	r0, #0
	mcrr	p15, 4, r0, r0, c14		/* CNTVOFF */
	mcr	p15, 4, r0, c1, c1, 2		/* HCPTR: so are coprocessors */
	mrc	p15, 0, r0, c0, c0, 0		/* MIDR, and what Supervisor mode reads in its place: VPIDR */
	mcr	p15, 4, r0, c0, c0, 0
	mrc	p15, 0, r0, c0, c0, 5		/* MPIDR, VMPIDR */
	mcr	p15, 4, r0, c0, c0, 5
	mov	r0, #SUPERVISOR_MASKED
	msr	spsr_cxsf, r0
	adr	r0, supervisor
	msr	elr_hyp, r0
	eret

supervisor:
	adr	r0, vectors
	mcr	p15, 0, r0, c12, c0, 0		/* VBAR */
	mov	r0, #DOMAIN_0_CLIENT
	mcr	p15, 0, r0, c3, c0, 0		/* DACR */
	mov	r0, #0
	mcr	p15, 0, r0, c2, c0, 2		/* TTBCR: TTBR0 for all addresses */
	ldr	r0, =translation
	mcr	p15, 0, r0, c2, c0, 0		/* TTBR0 */
	isb
	mcr	p15, 0, r0, c8, c7, 0		/* TLBIALL */
	mcr	p15, 0, r0, c7, c5, 0		/* ICIALLU */
	dsb
	isb
	mrc	p15, 0, r0, c1, c0, 0		/* SCTLR */
	orr	r0, r0, #SCTLR_M_C
	orr	r0, r0, #SCTLR_I
	orr	r0, r0, #SCTLR_TE
	mcr	p15, 0, r0, c1, c0, 0
	isb
	mov	r0, #CPACR_CP10_CP11
	mcr	p15, 0, r0, c1, c0, 2		/* CPACR */
	isb
	mov	r0, #FPEXC_EN
	vmsr	fpexc, r0
	mrc	p15, 0, r0, c0, c0, 5		/* MPIDR */
	ands	r0, r0, #0xff			/* its number, on boards of one cluster */
	ldreq	r1, =_start			/* Thumb */
	bxeq	r1

	ldr	r1, =lkmc_stacks
	add	r2, r0, #1
	add	sp, r1, r2, lsl #LKMC_STACK_SHIFT
	ldr	r3, =lkmc_others
park:
	ldr	r1, [r3]
	cmp	r1, #0
	wfeeq
	beq	park
	dmb				/* ARMv7 has no load-acquire */
	blx	r1
1:	wfe
	b	1b

/* In place of picolibc's, for the reason that start-aarch64.S gives. The link register survives: an SVC that is answered is no
 * exception. */
	.globl sys_semihost
	.type sys_semihost, %function
sys_semihost:
	dsb
	ldrex	r2, [sp]	/* ARMv7 has no store-release; a store-exclusive waits as well */
	strex	r3, r2, [sp]
	svc	#0x123456
	bx	lr

/* Nothing here handles an exception but for interrupts; a program that does has its own table. */
	.thumb
	.balign 0x20
vectors:
	b.w	.			/* unused: reset does not come here */
	b.w	undefined
	b.w	supervisor_call
	b.w	prefetch_abort
	b.w	data_abort
	b.w	.			/* unused outside Hyp mode */
	b.w	lkmc_interrupt_entry
	b.w	fast_interrupt

/* How far the link register is behind the instruction differs (Arm ARM DDI 0406, B1.8.3): here by the state it was executed in. */
	.macro	locate
	mrs	r2, spsr
	tst	r2, #SPSR_T
	ite	eq
	subeq	r2, lr, #4
	subne	r2, lr, #2
	.endm

/* The modes of exceptions have no stack of their own yet; nothing returns from here. */
	.macro	report, kind
	ldr	r0, =\kind
	ldr	sp, =__stack
	b.w	lkmc_unexpected
	.endm

undefined:
	locate
	movs	r1, #0
	movs	r3, #0
	report	undefined_text
supervisor_call:
	locate
	movs	r1, #0
	movs	r3, #0
	report	supervisor_call_text
prefetch_abort:
	mrc	p15, 0, r1, c5, c0, 1		/* IFSR */
	sub	r2, lr, #4
	mrc	p15, 0, r3, c6, c0, 2		/* IFAR */
	report	prefetch_abort_text
data_abort:
	mrc	p15, 0, r1, c5, c0, 0		/* DFSR */
	sub	r2, lr, #8
	mrc	p15, 0, r3, c6, c0, 0		/* DFAR */
	report	data_abort_text
fast_interrupt:
	movs	r1, #0
	sub	r2, lr, #4
	movs	r3, #0
	report	fast_interrupt_text

	.section .rodata
undefined_text:
	.asciz	"undefined instruction"
supervisor_call_text:
	.asciz	"supervisor call"
prefetch_abort_text:
	.asciz	"prefetch abort"
data_abort_text:
	.asciz	"data abort"
fast_interrupt_text:
	.asciz	"fast interrupt"
	.balign 0x4000
translation:
	.set	mib, 0
	.rept	MIB_OF_DEVICES
	.word	(mib << 20) | DEVICES
	.set	mib, mib + 1
	.endr
	.rept	4096 - MIB_OF_DEVICES
	.word	(mib << 20) | MEMORY
	.set	mib, mib + 1
	.endr
