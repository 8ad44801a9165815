// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Read registers that only the kernel may read, and see a program fail at the very same.
 *
 * A processor has levels of privilege: on x86 rings 0 (kernel) and 3 (programs), on 64-bit Arm
 * exception levels EL1 and EL0, on 32-bit Arm modes such as SVC and USR, on RISC-V modes S and U
 * (with M above both, for the firmware). The registers that govern
 * the machine (is there paging, where are the page tables, is the cache on) can be read at the
 * kernel's level. A program that tries is stopped by the processor, and the kernel turns that into
 * a signal: SIGSEGV (11) on x86, SIGILL (4) on Arm and RISC-V.
 *
 * What to notice:
 * - x86_64: CR0 has the switches (PE protected mode, WP write protection in the kernel too, PG
 *   paging), CR2 the address of the last page fault, CR3 the page table, CR4 extensions.
 * - Arm: SCTLR has the switches (M the MMU, C and I the caches), TTBR0 and TTBR1 the page tables;
 *   CurrentEL (64-bit) and CPSR (32-bit) say where we are.
 * - RISC-V: sstatus has the switches (SIE interrupts, SUM access to programs' memory, which is off
 *   but for copy_from_user() and the like), satp the kind of paging (8 Sv39, 9 Sv48, 10 Sv57) and the
 *   page table, stvec the function that all traps go to.
 * - x86's ring is in the lowest two bits of the register CS. On RISC-V no register says which mode
 *   this is: software is not meant to depend on it.
 *
 * Sources: Intel's manual, volume 3, chapter 2; Arm's Architecture Reference Manual; the RISC-V
 * Instruction Set Manual, volume II. More registers: dump_regs.c.
 *
 * [lkmc]
 * companion = ["../userland/kernel_modules/ring0.c"]
 *
 * [[lkmc.run]]
 * name = "x86_64"
 * arches = ["x86_64"]
 * guest = """
 * ./ring0
 * insmod ring0.ko
 * """
 * stdout = "cr0: signal 11\n"
 * dmesg = [
 *     "ring0: ring = 0",
 *     "ring0: cr0 = 0x{hex}: PE 1, WP 1, PG 1",
 *     "ring0: cr2 = 0x{hex}",
 *     "ring0: cr3 = 0x{hex}: page table at 0x{hex}",
 *     "ring0: cr4 = 0x{hex}: PAE 1",
 * ]
 *
 * [[lkmc.run]]
 * name = "aarch64"
 * arches = ["aarch64"]
 * guest = """
 * ./ring0
 * insmod ring0.ko
 * """
 * stdout = "sctlr_el1: signal 4\n"
 * dmesg = [
 *     "ring0: CurrentEL = 1",
 *     "ring0: sctlr_el1 = 0x{hex}: M 1, C 1, I 1",
 *     "ring0: ttbr0_el1 = 0x{hex}",
 *     "ring0: ttbr1_el1 = 0x{hex}",
 * ]
 *
 * [[lkmc.run]]
 * name = "arm"
 * arches = ["arm"]
 * guest = """
 * ./ring0
 * insmod ring0.ko
 * """
 * stdout = "sctlr: signal 4\n"
 * dmesg = [
 *     "ring0: mode = 0x13 (SVC)",
 *     "ring0: sctlr = 0x{hex}: M 1, C 1, I 1",
 *     "ring0: ttbr0 = 0x{hex}",
 *     "ring0: ttbr1 = 0x{hex}",
 * ]
 *
 * [[lkmc.run]]
 * name = "riscv64"
 * arches = ["riscv64"]
 * guest = """
 * ./ring0
 * insmod ring0.ko
 * """
 * stdout = "sstatus: signal 4\n"
 * dmesg = [
 *     "ring0: sstatus = 0x{hex}: SIE 1, SUM 0",
 *     "ring0: satp = 0x{hex}: mode {dec}, page table at 0x{hex}",
 *     "ring0: stvec = 0x{hex}: handle_exception",
 * ]
 * [/lkmc]
 */

#include <linux/bits.h>
#include <linux/module.h>

#if defined(CONFIG_X86_64)

#include <asm/processor-flags.h>

#define READ_CONTROL(name) ({					\
	unsigned long value_;					\
	asm volatile("mov %%" #name ", %0" : "=r" (value_));	\
	value_;							\
})

static void ring0_show(void)
{
	unsigned long cs, cr0, cr3, cr4;

	asm volatile("mov %%cs, %0" : "=r" (cs));
	pr_info("ring0: ring = %lu\n", cs & 3);
	cr0 = READ_CONTROL(cr0);
	pr_info("ring0: cr0 = 0x%lx: PE %d, WP %d, PG %d\n", cr0, !!(cr0 & X86_CR0_PE),
		!!(cr0 & X86_CR0_WP), !!(cr0 & X86_CR0_PG));
	pr_info("ring0: cr2 = 0x%lx\n", READ_CONTROL(cr2));
	cr3 = READ_CONTROL(cr3);
	pr_info("ring0: cr3 = 0x%lx: page table at 0x%lx\n", cr3, cr3 & GENMASK(51, 12));
	cr4 = READ_CONTROL(cr4);
	pr_info("ring0: cr4 = 0x%lx: PAE %d\n", cr4, !!(cr4 & X86_CR4_PAE));
}

#elif defined(CONFIG_ARM64)

#include <asm/sysreg.h>

static void ring0_show(void)
{
	u64 sctlr = read_sysreg(sctlr_el1);

	pr_info("ring0: CurrentEL = %llu\n", read_sysreg(CurrentEL) >> 2 & 3);
	pr_info("ring0: sctlr_el1 = 0x%llx: M %d, C %d, I %d\n", sctlr, !!(sctlr & BIT(0)),
		!!(sctlr & BIT(2)), !!(sctlr & BIT(12)));
	pr_info("ring0: ttbr0_el1 = 0x%llx\n", read_sysreg(ttbr0_el1));
	pr_info("ring0: ttbr1_el1 = 0x%llx\n", read_sysreg(ttbr1_el1));
}

#elif defined(CONFIG_ARM)

#include <asm/ptrace.h>

#define READ_CP15(crn, op1, crm, op2) ({					\
	u32 value_;								\
	asm volatile("mrc p15, " #op1 ", %0, c" #crn ", c" #crm ", " #op2	\
		     : "=r" (value_));						\
	value_;									\
})

static void ring0_show(void)
{
	u32 cpsr, sctlr = READ_CP15(1, 0, 0, 0);

	asm volatile("mrs %0, cpsr" : "=r" (cpsr));
	pr_info("ring0: mode = 0x%x (%s)\n", cpsr & MODE_MASK,
		(cpsr & MODE_MASK) == SVC_MODE ? "SVC" : "not SVC");
	pr_info("ring0: sctlr = 0x%x: M %d, C %d, I %d\n", sctlr, !!(sctlr & BIT(0)),
		!!(sctlr & BIT(2)), !!(sctlr & BIT(12)));
	pr_info("ring0: ttbr0 = 0x%x\n", READ_CP15(2, 0, 0, 0));
	pr_info("ring0: ttbr1 = 0x%x\n", READ_CP15(2, 0, 0, 1));
}

#elif defined(CONFIG_RISCV)

#include <asm/csr.h>

static void ring0_show(void)
{
	unsigned long sstatus = csr_read(CSR_STATUS);
	unsigned long satp = csr_read(CSR_SATP);
	unsigned long stvec = csr_read(CSR_TVEC);

	pr_info("ring0: sstatus = 0x%lx: SIE %d, SUM %d\n", sstatus, !!(sstatus & SR_IE),
		!!(sstatus & SR_SUM));
	pr_info("ring0: satp = 0x%lx: mode %lu, page table at 0x%llx\n", satp, satp >> 60,
		(u64)(satp & SATP_PPN) << PAGE_SHIFT);
	pr_info("ring0: stvec = 0x%lx: %ps\n", stvec, (void *)stvec);
}

#endif

static int __init ring0_init(void)
{
	ring0_show();
	return 0;
}

static void __exit ring0_exit(void)
{
}

module_init(ring0_init);
module_exit(ring0_exit);
MODULE_DESCRIPTION("Registers of the kernel's privilege level");
MODULE_LICENSE("GPL");
