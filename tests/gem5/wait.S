/* Bare metal: every processor waits for an event that never comes. */
	.text
	.globl _start
_start:
	wfe
	b	_start
