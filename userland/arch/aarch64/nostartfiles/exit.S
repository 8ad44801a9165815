/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Begin at one's own _start, with the C library at hand.
 *
 * `-nostartfiles` leaves out the code that a C library has at _start (crt1.o), and keeps the library. That code sets up what the
 * library needs, and here nobody does: functions that need nothing, such as labs(3) and _exit(2), can be called, printf(3) and
 * malloc(3) must not. A program without the library altogether: ../freestanding/linux/hello.S.
 *
 * GCC manual, "Link Options".
 *
 * [lkmc]
 * cflags = ["-nostartfiles"]
 *
 * [[lkmc.run]]
 * guest = "./exit"
 * status = 7
 * [/lkmc]
 */

	.text
	.globl	_start
_start:
	mov	x0, #-7
	bl	labs
	bl	_exit
