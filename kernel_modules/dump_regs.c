// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Print the processor's system registers by name, as the kernel sees them.
 *
 * Which features does this processor have, how is it set up, which tables do its exceptions go
 * through? All of that stands in registers that a debugger shows only partly, or not at all. On
 * x86_64 there are control registers, descriptor tables and the many model-specific registers
 * (MSRs); on Arm system registers, on 32-bit Arm reached as "coprocessor 15"; on RISC-V control and
 * status registers (CSRs), a dozen of them: what the processor is only the firmware may read there.
 *
 * What to notice:
 * - The values depend on the processor model (`cpu.model` of the profile): compare two models.
 * - Registers whose names begin with ID_ (CPUID on x86) only describe and cannot be written. Linux
 *   makes its feature lists (/proc/cpuinfo) from them.
 * - A debugger sees some of them from outside: `lkmc profile debug`, then `info registers all`. On
 *   x86_64 there are no descriptor tables among those, no debug registers, and hardly any MSR.
 * - On Arm the table at VBAR is where every exception goes; on x86 it is the one at IDT, on RISC-V the
 *   function at stvec.
 *
 * Sources: Intel's manual, volume 4 (MSRs); Arm's Architecture Reference Manual; the RISC-V
 * Instruction Set Manual, volume II. A handful of them explained: ring0.c.
 *
 * [lkmc]
 * [[lkmc.run]]
 * name = "x86_64"
 * arches = ["x86_64"]
 * guest = "insmod dump_regs.ko"
 * dmesg = [
 *     "dump_regs: rflags        0x{hex}", "dump_regs: cs            0x10",
 *     "dump_regs: cr0           0x{hex}", "dump_regs: cr4           0x{hex}",
 *     "dump_regs: gdt base      0x{hex}", "dump_regs: idt base      0x{hex}",
 *     "dump_regs: idt limit     0xfff",
 *     "dump_regs: efer          0x{hex}", "dump_regs: lstar         0x{hex}",
 *     "dump_regs: gs base       0x{hex}", "dump_regs: {dec} registers",
 * ]
 *
 * [[lkmc.run]]
 * name = "aarch64"
 * arches = ["aarch64"]
 * guest = "insmod dump_regs.ko"
 * dmesg = [
 *     "dump_regs: CurrentEL         0x4", "dump_regs: DAIF              0x{hex}",
 *     "dump_regs: MIDR_EL1          0x{hex}", "dump_regs: ID_AA64PFR0_EL1   0x{hex}",
 *     "dump_regs: SCTLR_EL1         0x{hex}", "dump_regs: TTBR0_EL1         0x{hex}",
 *     "dump_regs: VBAR_EL1          0x{hex}", "dump_regs: CNTFRQ_EL0        0x{hex}",
 *     "dump_regs: {dec} registers",
 * ]
 *
 * [[lkmc.run]]
 * name = "arm"
 * arches = ["arm"]
 * guest = "insmod dump_regs.ko"
 * dmesg = [
 *     "dump_regs: CPSR              0x{hex}", "dump_regs: MIDR              0x{hex}",
 *     "dump_regs: ID_PFR0           0x{hex}", "dump_regs: SCTLR             0x{hex}",
 *     "dump_regs: TTBR0             0x{hex}", "dump_regs: {dec} registers",
 * ]
 *
 * [[lkmc.run]]
 * name = "riscv64"
 * arches = ["riscv64"]
 * guest = "insmod dump_regs.ko"
 * dmesg = [
 *     "dump_regs: sstatus    0x{hex}", "dump_regs: satp       0x{hex}", "dump_regs: stvec      0x{hex}",
 *     "dump_regs: scause     0x{hex}", "dump_regs: time       0x{hex}", "dump_regs: {dec} registers",
 * ]
 * [/lkmc]
 */

#include <linux/module.h>

/* One line of the table, made by the macros below. */
struct dump_regs_line {
	const char *name;
	u64 value;
};

#if defined(CONFIG_X86_64)

#include <asm/desc.h>
#include <asm/msr.h>

#define NAME_WIDTH 13

#define PLAIN(name) ({						\
	unsigned long value_;					\
	asm volatile("mov %%" #name ", %0" : "=r" (value_));	\
	value_;							\
})

static size_t dump_regs_read(struct dump_regs_line *lines)
{
	struct desc_ptr gdt, idt;
	unsigned long rflags;
	size_t i = 0;
	u16 task;

	asm volatile("pushfq; pop %0" : "=r" (rflags));
	asm volatile("sgdt %0" : "=m" (gdt));
	asm volatile("sidt %0" : "=m" (idt));
	asm volatile("str %0" : "=r" (task));

	lines[i++] = (struct dump_regs_line){ "rflags", rflags };
	lines[i++] = (struct dump_regs_line){ "cs", PLAIN(cs) };
	lines[i++] = (struct dump_regs_line){ "ss", PLAIN(ss) };
	lines[i++] = (struct dump_regs_line){ "cr0", PLAIN(cr0) };
	lines[i++] = (struct dump_regs_line){ "cr2", PLAIN(cr2) };
	lines[i++] = (struct dump_regs_line){ "cr3", PLAIN(cr3) };
	lines[i++] = (struct dump_regs_line){ "cr4", PLAIN(cr4) };
	lines[i++] = (struct dump_regs_line){ "cr8", PLAIN(cr8) };
	lines[i++] = (struct dump_regs_line){ "dr6", PLAIN(dr6) };
	lines[i++] = (struct dump_regs_line){ "dr7", PLAIN(dr7) };
	lines[i++] = (struct dump_regs_line){ "gdt base", gdt.address };
	lines[i++] = (struct dump_regs_line){ "gdt limit", gdt.size };
	lines[i++] = (struct dump_regs_line){ "idt base", idt.address };
	lines[i++] = (struct dump_regs_line){ "idt limit", idt.size };
	lines[i++] = (struct dump_regs_line){ "tr", task };
	lines[i++] = (struct dump_regs_line){ "efer", native_read_msr(MSR_EFER) };
	lines[i++] = (struct dump_regs_line){ "star", native_read_msr(MSR_STAR) };
	lines[i++] = (struct dump_regs_line){ "lstar", native_read_msr(MSR_LSTAR) };
	lines[i++] = (struct dump_regs_line){ "sfmask", native_read_msr(MSR_SYSCALL_MASK) };
	lines[i++] = (struct dump_regs_line){ "fs base", native_read_msr(MSR_FS_BASE) };
	lines[i++] = (struct dump_regs_line){ "gs base", native_read_msr(MSR_GS_BASE) };
	lines[i++] = (struct dump_regs_line){ "pat", native_read_msr(MSR_IA32_CR_PAT) };
	lines[i++] = (struct dump_regs_line){ "apic base", native_read_msr(MSR_IA32_APICBASE) };
	return i;
}

#elif defined(CONFIG_ARM64)

#include <asm/sysreg.h>

#define NAME_WIDTH 17
#define SYSTEM(name) lines[i++] = (struct dump_regs_line){ #name, read_sysreg(name) }

static size_t dump_regs_read(struct dump_regs_line *lines)
{
	size_t i = 0;

	/* Where we are */
	SYSTEM(CurrentEL);
	SYSTEM(DAIF);
	SYSTEM(SPSel);
	SYSTEM(NZCV);
	/* Which processor this is, and what it can do */
	SYSTEM(MIDR_EL1);
	SYSTEM(MPIDR_EL1);
	SYSTEM(REVIDR_EL1);
	SYSTEM(CTR_EL0);
	SYSTEM(DCZID_EL0);
	SYSTEM(CLIDR_EL1);
	SYSTEM(ID_AA64PFR0_EL1);
	SYSTEM(ID_AA64PFR1_EL1);
	SYSTEM(ID_AA64DFR0_EL1);
	SYSTEM(ID_AA64ISAR0_EL1);
	SYSTEM(ID_AA64ISAR1_EL1);
	SYSTEM(ID_AA64MMFR0_EL1);
	SYSTEM(ID_AA64MMFR1_EL1);
	/* How it is set up */
	SYSTEM(SCTLR_EL1);
	SYSTEM(CPACR_EL1);
	SYSTEM(TCR_EL1);
	SYSTEM(TTBR0_EL1);
	SYSTEM(TTBR1_EL1);
	SYSTEM(MAIR_EL1);
	SYSTEM(CONTEXTIDR_EL1);
	SYSTEM(VBAR_EL1);
	SYSTEM(MDSCR_EL1);
	/* The last exception */
	SYSTEM(ELR_EL1);
	SYSTEM(SPSR_EL1);
	SYSTEM(ESR_EL1);
	SYSTEM(FAR_EL1);
	/* Who runs, and the clock */
	SYSTEM(SP_EL0);
	SYSTEM(TPIDR_EL0);
	SYSTEM(TPIDR_EL1);
	SYSTEM(CNTFRQ_EL0);
	SYSTEM(CNTVCT_EL0);
	SYSTEM(CNTKCTL_EL1);
	return i;
}

#elif defined(CONFIG_ARM)

#define NAME_WIDTH 17
#define CP15(name, crn, op1, crm, op2) do {					\
	u32 value_;								\
	asm volatile("mrc p15, " #op1 ", %0, c" #crn ", c" #crm ", " #op2	\
		     : "=r" (value_));						\
	lines[i++] = (struct dump_regs_line){ name, value_ };			\
} while (0)

static size_t dump_regs_read(struct dump_regs_line *lines)
{
	size_t i = 0;
	u32 cpsr;

	asm volatile("mrs %0, cpsr" : "=r" (cpsr));
	lines[i++] = (struct dump_regs_line){ "CPSR", cpsr };
	/* Which processor this is, and what it can do */
	CP15("MIDR", 0, 0, 0, 0);
	CP15("CTR", 0, 0, 0, 1);
	CP15("MPIDR", 0, 0, 0, 5);
	CP15("ID_PFR0", 0, 0, 1, 0);
	CP15("ID_PFR1", 0, 0, 1, 1);
	CP15("ID_DFR0", 0, 0, 1, 2);
	CP15("ID_MMFR0", 0, 0, 1, 4);
	CP15("ID_MMFR1", 0, 0, 1, 5);
	CP15("ID_ISAR0", 0, 0, 2, 0);
	CP15("CLIDR", 0, 1, 0, 1);
	/* How it is set up */
	CP15("SCTLR", 1, 0, 0, 0);
	CP15("CPACR", 1, 0, 0, 2);
	CP15("TTBR0", 2, 0, 0, 0);
	CP15("TTBR1", 2, 0, 0, 1);
	CP15("TTBCR", 2, 0, 0, 2);
	CP15("DACR", 3, 0, 0, 0);
	CP15("PRRR/MAIR0", 10, 0, 2, 0);
	CP15("NMRR/MAIR1", 10, 0, 2, 1);
	/* The last exception */
	CP15("DFSR", 5, 0, 0, 0);
	CP15("IFSR", 5, 0, 0, 1);
	CP15("DFAR", 6, 0, 0, 0);
	CP15("IFAR", 6, 0, 0, 2);
	/* Who runs */
	CP15("CONTEXTIDR", 13, 0, 0, 1);
	CP15("TPIDRURW", 13, 0, 0, 2);
	CP15("TPIDRURO", 13, 0, 0, 3);
	CP15("TPIDRPRW", 13, 0, 0, 4);
	return i;
}

#elif defined(CONFIG_RISCV)

#include <asm/csr.h>

#define NAME_WIDTH 10
#define CSR(name, number) lines[i++] = (struct dump_regs_line){ name, csr_read(number) }

static size_t dump_regs_read(struct dump_regs_line *lines)
{
	size_t i = 0;

	/* How it is set up */
	CSR("sstatus", CSR_SSTATUS);
	CSR("satp", CSR_SATP);
	CSR("stvec", CSR_STVEC);
	CSR("sie", CSR_SIE);
	CSR("sip", CSR_SIP);
	CSR("scounteren", CSR_SCOUNTEREN);
	/* The last trap: the system call that we are in (8), or an interrupt since then */
	CSR("sepc", CSR_SEPC);
	CSR("scause", CSR_SCAUSE);
	CSR("stval", CSR_STVAL);
	/* Who runs (0 in the kernel), and the clock */
	CSR("sscratch", CSR_SSCRATCH);
	CSR("time", CSR_TIME);
	return i;
}

#endif

static int __init dump_regs_init(void)
{
	static struct dump_regs_line lines[64];
	size_t i, count = dump_regs_read(lines);

	for (i = 0; i < count; i++)
		pr_info("dump_regs: %-*s 0x%llx\n", NAME_WIDTH, lines[i].name, lines[i].value);
	pr_info("dump_regs: %zu registers\n", count);
	return 0;
}

static void __exit dump_regs_exit(void)
{
}

module_init(dump_regs_init);
module_exit(dump_regs_exit);
MODULE_DESCRIPTION("System registers by name");
MODULE_LICENSE("GPL");
