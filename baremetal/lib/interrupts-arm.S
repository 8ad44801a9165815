/*
 * From the vector to lkmc_interrupt() and back on arm. The mode of interrupts has no stack here: the return state goes to
 * Supervisor mode's, and so does the processor. A function keeps half of the registers itself (AAPCS32, 6.1); the others are kept
 * here, those of floating point too. Nobody has called this: a debugger's list of callers ends here.
 */

#define SUPERVISOR 0x13

	.arch	armv7-a
	.fpu	neon
	.syntax	unified
	.thumb
	.text
	.globl lkmc_interrupt_entry
	.type lkmc_interrupt_entry, %function
lkmc_interrupt_entry:
	.cfi_sections .debug_frame
	.cfi_startproc
	.cfi_undefined lr
	sub	lr, lr, #4
	srsdb	sp!, #SUPERVISOR
	cps	#SUPERVISOR
	push	{r0-r3, r12, lr}
	vpush	{d0-d7}
	vpush	{d16-d31}
	vmrs	r0, fpscr
	mov	r1, sp			/* the interrupted function may have had its stack at any word */
	and	r1, r1, #4
	sub	sp, sp, r1
	push	{r0, r1}
	bl	lkmc_interrupt
	pop	{r0, r1}
	add	sp, sp, r1
	vmsr	fpscr, r0
	vpop	{d16-d31}
	vpop	{d0-d7}
	pop	{r0-r3, r12, lr}
	rfeia	sp!
	.cfi_endproc
