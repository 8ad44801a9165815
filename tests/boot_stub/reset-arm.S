/* What gem5 does to each processor before it lets it begin, for QEMU's board. */
	.syntax unified
	.arch armv7-a
	.arm
	.section .reset, "ax"
	.globl reset
reset:
	mov	r0, #0
	mvn	r1, #0
	ldr	r2, =0x40000000
	ldr	r3, =0x41000000
	ldr	r4, =GICC
	ldr	r5, =0x5ffffff8
	ldr	pc, =_start
	.ltorg
