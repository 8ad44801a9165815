// For syscall emulation: says something, takes a checkpoint, says something else and ends with status 3. The first instructions of
// a loop between the two are the region that a restored run measures.
	.macro say text, length
	mov x0, 1
	adr x1, \text
	mov x2, \length
	mov x8, 64
	svc 0
	.endm

	.global _start
_start:
	say warm, 7
	mov x0, 0
	mov x1, 0
	// m5 checkpoint
	.inst 0xff000110 | 0x43 << 16
	mov x3, 1000
1:	subs x3, x3, 1
	b.ne 1b
	say measured, 9
	mov x0, 3
	mov x8, 93
	svc 0
warm:	.ascii "warm up"
measured: .ascii "\nmeasured"
