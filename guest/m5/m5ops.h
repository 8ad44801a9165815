/*
 * gem5's pseudo-operations for programs of a guest: aarch64, arm, riscv64, x86_64. Everything is in this header.
 *
 *     #include "m5ops.h"
 *     m5_reset_stats(0, 0);  work();  m5_dump_stats(0, 0);
 *
 * Each operation has two forms. An instruction that no real processor has, which gem5's decoder knows: the form that is
 * used unless something else is said; on any other machine it raises SIGILL. And a load from a page of physical
 * addresses, where the offset names the operation: m5_use_address() maps that page (as root) and turns to this form.
 *
 * Operations take 64-bit numbers in the registers of a function call and give one back. Delays and periods are in
 * nanoseconds of simulated time; 0 is now, and never again.
 *
 * gem5 reads and writes buffers itself and takes no page faults: a page that is not there ends the simulation. So
 * m5_read_file and m5_write_file touch every page first.
 */
#ifndef LKMC_M5OPS_H
#define LKMC_M5OPS_H

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* name, number; an address's offset is the number times 256 */
#define M5_OPERATIONS(OPERATION)                                                                                       \
	OPERATION(arm, 0x00)                                                                                           \
	OPERATION(rpns, 0x07)                                                                                          \
	OPERATION(exit, 0x21)                                                                                          \
	OPERATION(fail, 0x22)                                                                                          \
	OPERATION(sum, 0x23)                                                                                           \
	OPERATION(init_param, 0x30)                                                                                    \
	OPERATION(reset_stats, 0x40)                                                                                   \
	OPERATION(dump_stats, 0x41)                                                                                    \
	OPERATION(dump_reset_stats, 0x42)                                                                              \
	OPERATION(checkpoint, 0x43)                                                                                    \
	OPERATION(write_file, 0x4f)                                                                                    \
	OPERATION(read_file, 0x50)                                                                                     \
	OPERATION(work_begin, 0x5a)                                                                                    \
	OPERATION(work_end, 0x5b)

/* What gem5's ready-made machines have as `m5ops_base`. */
#if defined __x86_64__
#define M5_DEFAULT_BASE 0xffff0000u
#else
#define M5_DEFAULT_BASE 0x10010000u
#endif
#define M5_ADDRESS_SIZE 0x10000u

/* Where the page is mapped; null for the instruction form. Weak: one for all files of a program. */
__attribute__((weak)) volatile unsigned char *m5_page;

#if defined __aarch64__

#define M5_REGISTERS                                                                                                   \
	register uint64_t r0 __asm__("x0") = a;                                                                        \
	register uint64_t r1 __asm__("x1") = b;                                                                        \
	register uint64_t r2 __asm__("x2") = c;                                                                        \
	register uint64_t r3 __asm__("x3") = d;                                                                        \
	register uint64_t r4 __asm__("x4") = e;                                                                        \
	register uint64_t r5 __asm__("x5") = f;
#define M5_ARGUMENTS "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
#define M5_RESULT [result] "+r"(r0)
#define M5_INSTRUCTION(number) ".inst 0xff000110 | (" #number " << 16)"
#define M5_LOAD "ldr %[result], [%[place]]"
#define M5_BARRIER "dsb sy\n\tstlr xzr, %[drain]\n\tisb"
#define M5_SCRATCH uint64_t drain;
#define M5_DRAIN , [drain] "=Q"(drain)

#elif defined __arm__

/* A 64-bit number takes an even register and the one behind it; gem5 (v24.0) takes arguments from r0 to r5, and its check
 * refuses a fourth. `write_file` and `sum` make gem5 itself panic, and there is no function for them here. */
#define M5_REGISTERS                                                                                                   \
	register uint64_t r0 __asm__("r0") = a;                                                                        \
	register uint64_t r1 __asm__("r2") = b;                                                                        \
	register uint64_t r2 __asm__("r4") = c;                                                                        \
	(void)d, (void)e, (void)f;
#define M5_ARGUMENTS "r"(r1), "r"(r2)
#define M5_RESULT [result] "+r"(r0)
#ifdef __thumb__
#define M5_INSTRUCTION(number) ".inst.w 0xee000110 | (" #number " << 16)"
#else
#define M5_INSTRUCTION(number) ".inst 0xee000110 | (" #number " << 16)"
#endif
#define M5_LOAD "ldrd %Q[result], %R[result], [%[place]]"
#define M5_BARRIER "dsb sy\n\tldrex %[old], %[drain]\n\tstrex %[failed], %[old], %[drain]\n\tisb"
#define M5_SCRATCH uint32_t drain = 0, old, failed;
#define M5_DRAIN , [drain] "+Q"(drain), [old] "=&r"(old), [failed] "=&r"(failed)

#elif defined __x86_64__

#define M5_REGISTERS                                                                                                   \
	register uint64_t r0 __asm__("rax");                                                                           \
	register uint64_t r4 __asm__("r8") = e;                                                                        \
	register uint64_t r5 __asm__("r9") = f;
#define M5_ARGUMENTS "D"(a), "S"(b), "d"(c), "c"(d), "r"(r4), "r"(r5)
#define M5_RESULT [result] "=r"(r0)
#define M5_INSTRUCTION(number) ".byte 0x0f, 0x04; .short " #number
#define M5_LOAD "mov (%[place]), %[result]"
#define M5_BARRIER "mfence\n\tlfence"
#define M5_SCRATCH
#define M5_DRAIN

#elif defined __riscv && __riscv_xlen == 64

#define M5_REGISTERS                                                                                                   \
	register uint64_t r0 __asm__("a0") = a;                                                                        \
	register uint64_t r1 __asm__("a1") = b;                                                                        \
	register uint64_t r2 __asm__("a2") = c;                                                                        \
	register uint64_t r3 __asm__("a3") = d;                                                                        \
	register uint64_t r4 __asm__("a4") = e;                                                                        \
	register uint64_t r5 __asm__("a5") = f;
#define M5_ARGUMENTS "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
#define M5_RESULT [result] "+r"(r0)
#define M5_INSTRUCTION(number) ".4byte 0x7b | (" #number " << 25)"
#define M5_LOAD "ld %[result], 0(%[place])"
#define M5_BARRIER "fence"
#define M5_SCRATCH
#define M5_DRAIN

#else
#error "m5ops.h knows aarch64, arm, riscv64 and x86_64"
#endif

/* gem5 accesses memory at the moment of the operation, past the processor: stores have to be out of its buffers by then, and
 * no load that stands behind it may have been early. HPI and DerivO3CPU do both. MinorCPU and HPI go on at a barrier before the
 * stores in front of it have been answered; a store-release, or a store-exclusive, does wait for them (src/cpu/minor/lsq.cc,
 * LSQ::tryToSendToTransfers). All this also keeps what is measured apart from what is not. */
#define M5_ORDERED(operation) M5_BARRIER "\n\t" operation "\n\t" M5_BARRIER

/* One function per operation. The number is part of the instruction, so it cannot be an argument. */
#define M5_FUNCTION(name, number)                                                                                      \
	static inline __attribute__((unused)) uint64_t m5_raw_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d,   \
								     uint64_t e, uint64_t f)                           \
	{                                                                                                              \
		volatile unsigned char *place = m5_page ? m5_page + ((number) << 8) : NULL;			       \
		M5_SCRATCH											       \
		M5_REGISTERS											       \
		if (place)											       \
			__asm__ volatile(M5_ORDERED(M5_LOAD)							       \
					 : M5_RESULT M5_DRAIN							       \
					 : [place] "r"(place), M5_ARGUMENTS					       \
					 : "memory");								       \
		else												       \
			__asm__ volatile(M5_ORDERED(M5_INSTRUCTION(number))					       \
					 : M5_RESULT M5_DRAIN							       \
					 : M5_ARGUMENTS								       \
					 : "memory");								       \
		return r0;                                                                                             \
	}
M5_OPERATIONS(M5_FUNCTION)

/* Turns to the address form; false if the page cannot be mapped (errno says why). */
static inline __attribute__((unused)) int m5_use_address(uint64_t base)
{
	int fd = open("/dev/mem", O_RDWR | O_SYNC | O_CLOEXEC);
	void *page;

	if (fd < 0)
		return 0;
	page = mmap(NULL, M5_ADDRESS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)base);
	close(fd);
	if (page == MAP_FAILED)
		return 0;
	m5_page = (volatile unsigned char *)page;
	return 1;
}

static inline __attribute__((unused)) void m5_touch(const void *start, size_t length, int write)
{
	const uintptr_t page = 4096;
	uintptr_t at = (uintptr_t)start, end = at + length;

	for (; at < end; at = (at | (page - 1)) + 1) {
		volatile unsigned char *byte = (volatile unsigned char *)at;
		unsigned char value = *byte;

		if (write)
			*byte = value;
	}
}

/* Marks the workload's own start in gem5's records. */
static inline __attribute__((unused)) void m5_arm(void)
{
	m5_raw_arm(0, 0, 0, 0, 0, 0);
}

/* Nanoseconds of simulated time since the machine was made. */
static inline __attribute__((unused)) uint64_t m5_rpns(void)
{
	return m5_raw_rpns(0, 0, 0, 0, 0, 0);
}

/* Ends the simulation. It returns if whoever runs gem5 goes on all the same. */
static inline __attribute__((unused)) void m5_exit(uint64_t delay)
{
	m5_raw_exit(delay, 0, 0, 0, 0, 0);
}

/* The same, with a code for whoever runs gem5. */
static inline __attribute__((unused)) void m5_fail(uint64_t delay, uint64_t code)
{
	m5_raw_fail(delay, code, 0, 0, 0, 0);
}

/* `key` as gem5 has it ("", "dist-rank", "dist-size"), 16 characters at most; gem5 panics at any other. */
static inline __attribute__((unused)) uint64_t m5_init_param(const char *key)
{
	uint64_t words[2] = {0, 0};

	memcpy(words, key, strnlen(key, sizeof words));
	return m5_raw_init_param(words[0], words[1], 0, 0, 0, 0);
}

static inline __attribute__((unused)) void m5_reset_stats(uint64_t delay, uint64_t period)
{
	m5_raw_reset_stats(delay, period, 0, 0, 0, 0);
}

static inline __attribute__((unused)) void m5_dump_stats(uint64_t delay, uint64_t period)
{
	m5_raw_dump_stats(delay, period, 0, 0, 0, 0);
}

static inline __attribute__((unused)) void m5_dump_reset_stats(uint64_t delay, uint64_t period)
{
	m5_raw_dump_reset_stats(delay, period, 0, 0, 0, 0);
}

/* A restored machine goes on right behind this. */
static inline __attribute__((unused)) void m5_checkpoint(uint64_t delay, uint64_t period)
{
	m5_raw_checkpoint(delay, period, 0, 0, 0, 0);
}

static inline __attribute__((unused)) void m5_work_begin(uint64_t id, uint64_t thread)
{
	m5_raw_work_begin(id, thread, 0, 0, 0, 0);
}

static inline __attribute__((unused)) void m5_work_end(uint64_t id, uint64_t thread)
{
	m5_raw_work_end(id, thread, 0, 0, 0, 0);
}

/* Bytes of the file that gem5's `readfile` names; how many there were, 0 at its end and without a file. */
static inline __attribute__((unused)) size_t m5_read_file(void *buffer, size_t length, uint64_t offset)
{
	m5_touch(buffer, length, 1);
	return (size_t)m5_raw_read_file((uintptr_t)buffer, length, offset, 0, 0, 0);
}

#ifndef __arm__
/* Writes to a file in gem5's output directory; at offset 0 the file is made anew. `name` has no directories in it. */
static inline __attribute__((unused)) size_t m5_write_file(const char *name, const void *buffer, size_t length,
							    uint64_t offset)
{
	m5_touch(name, strlen(name) + 1, 0);
	m5_touch(buffer, length, 0);
	return (size_t)m5_raw_write_file((uintptr_t)buffer, length, offset, (uintptr_t)name, 0, 0);
}

/* The sum of its arguments: to see that gem5 hears us. */
static inline __attribute__((unused)) uint64_t m5_sum(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
						       uint64_t f)
{
	return m5_raw_sum(a, b, c, d, e, f);
}
#endif

#endif
