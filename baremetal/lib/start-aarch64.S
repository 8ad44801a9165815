/*
 * From reset to picolibc's _start on aarch64: in EL1, with address translation and caches on. The first processor goes on to
 * main(); the others wait until lkmc_start_others() has a function for them.
 *
 * Without translation all memory is Device memory, where an access that is not aligned faults (Arm ARM DDI 0487, B2.7.2), and
 * a libc's memcpy() makes such accesses. Addresses are mapped to themselves: the first GiB has the boards' devices, the next
 * three have their memory.
 *
 * QEMU's `virt` starts one processor, in EL1, or with `virtualization=on` in EL2; the others are off until PSCI turns them on.
 * With `secure=on`, as gem5's boards always do, it starts all of them, in EL3.
 *
 * From EL3 it is one step to EL1 of either world. On QEMU's board it is the secure one, whose the
 * GIC's interrupts are until it gives them away; gem5's GIC knows of no worlds.
 */

#include "lkmc/board.h"

#if LKMC_PSCI
#define SCR_NS 0
#else
#define SCR_NS (1 << 0)
#endif
#define SCR_RES1 (3 << 4)
#define SCR_RW (1 << 10)
#define HCR_RW (1 << 31)
#define CPTR_EL2_RES1 0x33ff
#define CNTHCTL_EL1PCTEN (3 << 0)
/* EL1 with its own stack pointer, all interrupts masked. */
#define SPSR_EL1H_MASKED 0x3c5

/* Attribute 0 is Device-nGnRnE, attribute 1 is Normal, write-back, inner and outer. */
#define MAIR 0xff00
/* 39 bits of address from level 1 on, 4 KiB granule, tables in write-back inner shareable memory, no second half, 36 bits of
 * physical addresses. */
#define TCR (25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (1 << 32))
#define SCTLR_RES1 0x30d00800
#define SCTLR_M_C_I ((1 << 0) | (1 << 2) | (1 << 12))

#define CPACR_FPEN (3 << 20)

#define BLOCK (1 << 0)
#define ATTRIBUTE(index) ((index) << 2)
#define INNER_SHAREABLE (3 << 8)
#define ACCESSED (1 << 10)
#define NEVER_EXECUTED (3 << 53)
#define DEVICES (BLOCK | ATTRIBUTE(0) | ACCESSED | NEVER_EXECUTED)
#define MEMORY (BLOCK | ATTRIBUTE(1) | INNER_SHAREABLE | ACCESSED)
#define GIB(number) ((number) << 30)

	.text
	.globl lkmc_start
	.type lkmc_start, %function
lkmc_start:
	adr	x2, at_el1
	mov	x3, #SPSR_EL1H_MASKED
	mrs	x0, CurrentEL
	lsr	x1, x0, #2
	msr	tpidr_el1, x1		/* software's own register: for lkmc_reset_level() */
	cmp	x0, #2 << 2
	b.lo	at_el1
	b.eq	1f
	mov	x0, #(SCR_NS | SCR_RES1 | SCR_RW)
	msr	scr_el3, x0
	msr	cptr_el3, xzr
	msr	spsr_el3, x3
	msr	elr_el3, x2
	mrs	x0, id_aa64pfr0_el1
	tst	x0, #0xf << 8		/* is there an EL2? */
	b.eq	2f
1:	mov	x0, #HCR_RW
	msr	hcr_el2, x0
	mov	x0, #CPTR_EL2_RES1
	msr	cptr_el2, x0
	mov	x0, #CNTHCTL_EL1PCTEN
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mrs	x0, midr_el1		/* what EL1 reads in place of these two */
	msr	vpidr_el2, x0
	mrs	x0, mpidr_el1
	msr	vmpidr_el2, x0
	msr	spsr_el2, x3
	msr	elr_el2, x2
2:	eret

	.type at_el1, %function
at_el1:
	msr	spsel, #1
	adr	x0, vectors
	msr	vbar_el1, x0
	ldr	x0, =MAIR
	msr	mair_el1, x0
	ldr	x0, =TCR
	msr	tcr_el1, x0
	adrp	x0, translation
	msr	ttbr0_el1, x0
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x0, =(SCTLR_RES1 | SCTLR_M_C_I)
	msr	sctlr_el1, x0
	mov	x0, #CPACR_FPEN
	msr	cpacr_el1, x0
	isb
	mrs	x0, mpidr_el1
	ands	x0, x0, #0xff		/* its number, on boards of one cluster */
	b.eq	_start

	adrp	x1, lkmc_stacks
	add	x1, x1, :lo12:lkmc_stacks
	add	x2, x0, #1
	add	x1, x1, x2, lsl #LKMC_STACK_SHIFT
	mov	sp, x1
	adrp	x3, lkmc_others
	add	x3, x3, :lo12:lkmc_others
park:
	ldar	x1, [x3]		/* and after it what was stored before it */
	cbnz	x1, 1f
	wfe
	b	park
1:	blr	x1
2:	wfe
	b	2b

/* In place of picolibc's. Whoever answers reads memory behind the processor's back: what has been stored must have got there,
 * which on gem5's MinorCPU and HPI it has not while it is in the store buffer. Those do not wait for it at the barrier but at a
 * store-release (src/cpu/minor/lsq.cc, LSQ::tryToSendToTransfers). */
	.globl sys_semihost
	.type sys_semihost, %function
sys_semihost:
	dsb	sy
	sub	sp, sp, #16
	stlr	xzr, [sp]
	add	sp, sp, #16
	hlt	#0xf000
	ret

/* Nothing here handles an exception but for interrupts; a program that does has its own table. */
	.macro	unhandled, kind
	.balign 0x80
	adr	x0, \kind
	b	unexpected
	.endm

	.macro	all_unhandled
	unhandled synchronous
	unhandled interrupt
	unhandled fast_interrupt
	unhandled system_error
	.endm

	.balign 0x800
vectors:
	all_unhandled
	unhandled synchronous		/* from here on from EL1 with its own stack pointer */
	.balign 0x80
	b	lkmc_interrupt_entry
	unhandled fast_interrupt
	unhandled system_error
	all_unhandled			/* from EL0, 64 bits, then 32 */
	all_unhandled

	.balign 0x80
/* Only the first and the last kind have something to say in ESR_EL1 and FAR_EL1. */
unexpected:
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	b	lkmc_unexpected

synchronous:
	.asciz	"synchronous"
interrupt:
	.asciz	"interrupt"
fast_interrupt:
	.asciz	"fast interrupt"
system_error:
	.asciz	"system error"
	.balign	4

	.section .rodata
	.balign 0x1000
translation:
	.quad	GIB(0) | DEVICES
	.quad	GIB(1) | MEMORY
	.quad	GIB(2) | MEMORY
	.quad	GIB(3) | MEMORY
	.fill	512 - 4, 8, 0
