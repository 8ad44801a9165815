// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Write to a file with known values in the floating-point registers, and look at them afterwards.
 *
 * Companion of kernel_modules/float.c. The values are loaded, the system call is made and the
 * values are stored in one piece of assembly, so that nothing but the kernel can have changed them.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define REGISTERS 8

/* 16 bytes each; 32-bit Arm stores two registers of 8 bytes there. */
static unsigned char before[REGISTERS][16], after[REGISTERS][16];

static long write_between(long fd, const char *text, long size)
{
#if defined(__x86_64__)
	long result;

	__asm__ volatile(
		"movups 0(%[before]), %%xmm0\n movups 16(%[before]), %%xmm1\n"
		"movups 32(%[before]), %%xmm2\n movups 48(%[before]), %%xmm3\n"
		"movups 64(%[before]), %%xmm4\n movups 80(%[before]), %%xmm5\n"
		"movups 96(%[before]), %%xmm6\n movups 112(%[before]), %%xmm7\n"
		"syscall\n"
		"movups %%xmm0, 0(%[after])\n movups %%xmm1, 16(%[after])\n"
		"movups %%xmm2, 32(%[after])\n movups %%xmm3, 48(%[after])\n"
		"movups %%xmm4, 64(%[after])\n movups %%xmm5, 80(%[after])\n"
		"movups %%xmm6, 96(%[after])\n movups %%xmm7, 112(%[after])\n"
		: "=a"(result)
		: "a"((long)SYS_write), "D"(fd), "S"(text), "d"(size), [before] "r"(before),
		  [after] "r"(after)
		: "rcx", "r11", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
		  "xmm7");
	return result;
#elif defined(__aarch64__)
	register long x0 __asm__("x0") = fd;
	register const char *x1 __asm__("x1") = text;
	register long x2 __asm__("x2") = size;
	register long x8 __asm__("x8") = SYS_write;

	__asm__ volatile(
		"ldp q0, q1, [%[before]]\n ldp q2, q3, [%[before], 32]\n"
		"ldp q4, q5, [%[before], 64]\n ldp q6, q7, [%[before], 96]\n"
		"svc 0\n"
		"stp q0, q1, [%[after]]\n stp q2, q3, [%[after], 32]\n"
		"stp q4, q5, [%[after], 64]\n stp q6, q7, [%[after], 96]\n"
		: "+r"(x0)
		: "r"(x1), "r"(x2), "r"(x8), [before] "r"(before), [after] "r"(after)
		: "memory", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7");
	return x0;
#elif defined(__riscv)
	register long a0 __asm__("a0") = fd;
	register const char *a1 __asm__("a1") = text;
	register long a2 __asm__("a2") = size;
	register long a7 __asm__("a7") = SYS_write;

	__asm__ volatile(
		"fld ft0, 0(%[before])\n fld ft1, 8(%[before])\n fld ft2, 16(%[before])\n fld ft3, 24(%[before])\n"
		"fld ft4, 32(%[before])\n fld ft5, 40(%[before])\n fld ft6, 48(%[before])\n fld ft7, 56(%[before])\n"
		"fld fs0, 64(%[before])\n fld fs1, 72(%[before])\n fld fa0, 80(%[before])\n fld fa1, 88(%[before])\n"
		"fld fa2, 96(%[before])\n fld fa3, 104(%[before])\n fld fa4, 112(%[before])\n fld fa5, 120(%[before])\n"
		"ecall\n"
		"fsd ft0, 0(%[after])\n fsd ft1, 8(%[after])\n fsd ft2, 16(%[after])\n fsd ft3, 24(%[after])\n"
		"fsd ft4, 32(%[after])\n fsd ft5, 40(%[after])\n fsd ft6, 48(%[after])\n fsd ft7, 56(%[after])\n"
		"fsd fs0, 64(%[after])\n fsd fs1, 72(%[after])\n fsd fa0, 80(%[after])\n fsd fa1, 88(%[after])\n"
		"fsd fa2, 96(%[after])\n fsd fa3, 104(%[after])\n fsd fa4, 112(%[after])\n fsd fa5, 120(%[after])\n"
		: "+r"(a0)
		: "r"(a1), "r"(a2), "r"(a7), [before] "r"(before), [after] "r"(after)
		: "memory", "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7",
		  "fs0", "fs1", "fa0", "fa1", "fa2", "fa3", "fa4", "fa5");
	return a0;
#else
	register long r0 __asm__("r0") = fd;
	register const char *r1 __asm__("r1") = text;
	register long r2 __asm__("r2") = size;

	/* r7 has the number of the call; the compiler may need it itself. */
	__asm__ volatile(
		"vldm %[before], {d0-d15}\n"
		"push {r7}\n mov r7, %[number]\n svc 0\n pop {r7}\n"
		"vstm %[after], {d0-d15}\n"
		: "+r"(r0)
		: "r"(r1), "r"(r2), [number] "r"((long)SYS_write), [before] "r"(before),
		  [after] "r"(after)
		: "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7", "d8", "d9", "d10",
		  "d11", "d12", "d13", "d14", "d15");
	return r0;
#endif
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: float FILE RADIUS\n");
		return 2;
	}
	fd = open(argv[1], O_WRONLY);
	if (fd < 0) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 0; i < REGISTERS; i++)
		memset(before[i], 0x11 * (i + 1), sizeof(before[i]));
	if (write_between(fd, argv[2], strlen(argv[2])) < 0) {
		fprintf(stderr, "the write failed\n");
		return 1;
	}
	printf("registers: %s\n",
	       memcmp(before, after, sizeof(before)) ? "overwritten" : "as they were");
	return 0;
}
