// For bare metal: the same by semihosting, and its status is what gem5's `init_param` is.
	.global _start
_start:
	mrs x0, mpidr_el1
	tst x0, 0xff
	b.ne 3f
	mov x0, 4
	adr x1, warm
	hlt 0xf000
	mov x0, 0
	mov x1, 0
	// m5 checkpoint
	.inst 0xff000110 | 0x43 << 16
	mov x3, 1000
1:	subs x3, x3, 1
	b.ne 1b
	mov x0, 4
	adr x1, measured
	hlt 0xf000
	mov x0, 0
	mov x1, 0
	// m5 initparam
	.inst 0xff000110 | 0x30 << 16
	adr x1, status
	str x0, [x1, 8]
	mov x0, 0x18
	hlt 0xf000
3:	wfi
	b 3b
warm:	.asciz "warm up"
measured: .asciz "\nmeasured"
	.balign 8
status:	.quad 0x20026, 0
