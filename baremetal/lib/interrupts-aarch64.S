/*
 * From the vector to lkmc_interrupt() and back on aarch64. A function keeps half of the registers itself (AAPCS64, 6.1); the
 * others are kept here, those of floating point too, which a compiler likes for copying. Of q8 to q15 a function keeps the
 * lower halves only, so all 32 are kept here. There is no other interrupt meanwhile, so ELR_EL1 and SPSR_EL1 stay what they
 * are. Nobody has called this: a debugger's list of callers ends here.
 */

#define VECTORS 256
#define FRAME (VECTORS + 32 * 16)
/* The place of x20 and x21, which are not kept here. */
#define STATE (8 * 20)

	.macro	each, access
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 29, 30
	\access	x\number, [sp, #8 * \number]
	.endr
	.irp	number, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\access	q\number, [sp, #VECTORS + 16 * \number]
	.endr
	.irp	number, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\access	q\number, [sp, #VECTORS + 16 * \number]
	.endr
	.endm

	.text
	.globl lkmc_interrupt_entry
	.type lkmc_interrupt_entry, %function
lkmc_interrupt_entry:
	.cfi_sections .debug_frame
	.cfi_startproc
	.cfi_undefined x30
	sub	sp, sp, #FRAME
	each	str
	mrs	x0, fpsr
	mrs	x1, fpcr
	stp	x0, x1, [sp, #STATE]
	bl	lkmc_interrupt
	ldp	x0, x1, [sp, #STATE]
	msr	fpsr, x0
	msr	fpcr, x1
	each	ldr
	add	sp, sp, #FRAME
	eret
	.cfi_endproc
