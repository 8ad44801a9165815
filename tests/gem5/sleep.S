/*
 * Bare metal on two processors: the second one sleeps through fifty thousand turns of the first one's loop, from before the
 * statistics are reset until behind it, and wakes up before they are dumped.
 */
	.text
	.globl _start
_start:
	mrs	x0, mpidr_el1
	tst	x0, 0xff
	b.ne	second
	mov	x1, 50000
1:	subs	x1, x1, 1
	b.ne	1b
	mov	x0, 0
	mov	x1, 0
	// m5 resetstats
	.inst	0xff000110 | 0x40 << 16
	sev
	mov	x1, 100
1:	subs	x1, x1, 1
	b.ne	1b
	mov	x0, 0
	mov	x1, 0
	// m5 dumpstats
	.inst	0xff000110 | 0x41 << 16
	mov	x0, 0
	// m5 exit
	.inst	0xff000110 | 0x21 << 16
second:
	// The first one takes the event that is there from the start.
	wfe
	wfe
	b	second
