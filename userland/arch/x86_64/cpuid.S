/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ask the processor what it is.
 *
 * CPUID gets a leaf's number in EAX, and some leaves a second one in ECX; it answers in EAX, EBX, ECX and EDX, and clears the
 * upper halves. Leaf 0 is the number of leaves and the vendor's name, leaf 1 the model and the first features, and from
 * 0x80000000 on AMD's numbers follow. Under KVM every CPUID leaves the guest: the hypervisor decides what is seen. It also
 * waits for all instructions before it.
 *
 * Intel SDM volume 2A, "CPUID"; AMD APM volume 3, appendix E; in a shell: /proc/cpuinfo.
 *
 * [lkmc]
 * [[lkmc.run]]
 * guest = "./cpuid"
 * stdout = """
 * vendor: {any}
 * family {dec}, model {dec}, stepping {dec}
 * """
 * [/lkmc]
 */
#include "../check.h"

	.text
	.globl	main
	.type	main, @function
main:
	push	%rbx

	/* The name is in EBX, EDX, ECX, in this order: "GenuineIntel", "AuthenticAMD". */
	xor	%eax, %eax
	cpuid
	mov	%ebx, vendor(%rip)
	mov	%edx, vendor+4(%rip)
	mov	%ecx, vendor+8(%rip)
	test	%eax, %eax
	ASSERT_COND(nz)
	mov	$vendor_format, %edi
	mov	$vendor, %esi
	xor	%eax, %eax
	call	printf

	/* Every processor that executes 64-bit code has SSE2. */
	mov	$1, %eax
	cpuid
	bt	$26, %edx
	ASSERT_FLAGS(C)

	/* EAX: 4 bits each of stepping, model, family. Family 15 has 8 more bits; models of 6 and 15 have 4 more. */
	mov	%eax, %ecx
	and	$15, %ecx		/* stepping */
	mov	%eax, %edx
	shr	$4, %edx
	and	$15, %edx		/* model */
	mov	%eax, %esi
	shr	$8, %esi
	and	$15, %esi		/* family */
	mov	%eax, %edi
	shr	$16, %edi
	and	$15, %edi
	shl	$4, %edi		/* the rest of the model */
	cmp	$6, %esi
	je	1f
	cmp	$15, %esi
	jne	2f
	shr	$20, %eax
	and	$255, %eax
	add	%eax, %esi
1:	add	%edi, %edx
2:	mov	$model_format, %edi
	xor	%eax, %eax
	call	printf

	/* The extended leaves: the last of them, and that the processor has 64 bits. */
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	ASSERT_COND(ae)
	mov	$0x80000001, %eax
	cpuid
	bt	$29, %edx		/* 64-bit mode */
	ASSERT_FLAGS(C)

	xor	%eax, %eax
	pop	%rbx
	ret

	.section .rodata
vendor_format:
	.asciz	"vendor: %s\n"
model_format:
	.asciz	"family %d, model %d, stepping %d\n"

	.bss
vendor:	.skip	13
