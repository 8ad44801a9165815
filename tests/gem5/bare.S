/* Bare metal: the first processor speaks on the serial port and by semihosting, and ends with status 7; the others wait. */
	.text
	.globl _start
_start:
	mrs	x0, mpidr_el1
	tst	x0, #0xff
	b.ne	wait
	adr	x1, serial
	ldr	x2, =0x1c090000		/* PL011's data register */
next:
	ldrb	w0, [x1], #1
	cbz	w0, last
	str	w0, [x2]
	b	next
last:
	mov	w0, #0x04		/* SYS_WRITE0 */
	adr	x1, semihosting
	hlt	#0xf000
	mov	w0, #0x18		/* SYS_EXIT */
	adr	x1, reason
	hlt	#0xf000
wait:
	wfe
	b	wait
serial:
	.asciz	"by the serial port\n"
semihosting:
	.asciz	"by semihosting\n"
	.balign	8
reason:
	.quad	0x20026, 7		/* ADP_Stopped_ApplicationExit and the status */
