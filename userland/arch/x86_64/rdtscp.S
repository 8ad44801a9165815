/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Read the time-stamp counter, and learn on which processor.
 *
 * RDTSCP waits until everything before it has been executed, and puts IA32_TSC_AUX into ECX. Linux writes the processor's
 * number (bits 0 to 11) and its node's (from bit 12) there; so two readings belong together if their ECX is the same. getcpu()
 * in the vDSO gets the same numbers without a system call and without waiting: with RDPID, which reads IA32_TSC_AUX, or where
 * that is missing with LSL, from the limit of a descriptor in the GDT.
 *
 * Intel SDM volume 2B, "RDTSCP"; AMD APM volume 3, "RDTSCP"; arch/x86/include/asm/segment.h in the kernel,
 * vdso_encode_cpunode(), vdso_read_cpunode().
 *
 * [lkmc]
 * machine = { cpu-model = "max" }
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx
	mov	$0x80000001, %eax
	cpuid
	bt	$27, %edx
	jnc	absent

	/* Again, if we were moved to another processor in between. */
1:	rdtscp
	mov	%ecx, %ebx
	call	sched_getcpu
	mov	%eax, %esi
	rdtscp
	cmp	%ecx, %ebx
	jne	1b
	and	$0xfff, %ecx
	cmp	%ecx, %esi
	ASSERT_COND(e)
	pop	%rbx
	xor	%eax, %eax
	ret

absent:
	FAIL("this processor has no RDTSCP")
