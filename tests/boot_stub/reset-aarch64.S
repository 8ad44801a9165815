/* What gem5 does to each processor before it lets it begin, for QEMU's board: GICC is 0 with GICv3. */
	.section .reset, "ax"
	.globl reset
reset:
	ldr	x0, =0x40000000
	ldr	x3, =0x41000000
	ldr	x4, =GICC
	ldr	x5, =0x5ffffff8
	ldr	x9, =_start
	br	x9
	.ltorg
