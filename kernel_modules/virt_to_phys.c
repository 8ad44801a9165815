// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Find the physical address of a kernel variable, and of one where the usual function lies.
 *
 * Pointers in the kernel are virtual addresses, as in programs. Most of physical memory is mapped
 * once more, in one piece, at a fixed distance: the linear map. kmalloc() gives out memory there,
 * so virt_to_phys() only has to subtract a number. It does so with *any* pointer and never says no.
 *
 * A module's code and variables are not in the linear map: the kernel collects pages from anywhere
 * and maps them side by side in an area of their own, as vmalloc() does. virt_to_phys() of a static
 * variable of a module therefore gives a number that has nothing to do with it; the right way is to
 * ask the page tables for the page: vmalloc_to_page().
 *
 * What to notice:
 * - virt_addr_valid() says whether virt_to_phys() may be asked: yes for the kmalloc()ed variable,
 *   no for the static one. (CONFIG_DEBUG_VIRTUAL makes virt_to_phys() itself check.)
 * - /dev/mem is physical memory as a file. What is read there is what the module wrote through its
 *   pointers, which proves both addresses, and what is written there changes the module's
 *   variables. (The tool `devmem` maps it uncached instead. x86 refuses that for RAM, which it has
 *   mapped with caches already, unless it was booted with `nopat`.)
 * - A static variable of the kernel proper, outside modules, is yet another case: __pa_symbol().
 *
 * The file's lines are: variable, virtual address valid for virt_to_phys(), its result, the truth.
 *
 * Sources: kernel documentation, arch/x86/x86_64/mm and arch/arm64/memory for the maps;
 * include/linux/mm.h, virt_addr_valid().
 *
 * [lkmc]
 * # A strict /dev/mem has no RAM in it.
 * kconfig = ["DEBUG_FS=y", "DEVMEM=y", "STRICT_DEVMEM=n"]
 *
 * [[lkmc.run]]
 * guest = '''
 * peek() { dd if=/dev/mem bs=4 count=1 skip=$(($1 / 4)) status=none | hexdump -e '1/4 "0x%08x\n"'; }
 * poke() { printf '\022\357\315\253' | dd of=/dev/mem bs=4 seek=$(($1 / 4)) status=none; }
 * insmod virt_to_phys.ko
 * cat /sys/kernel/debug/lkmc_virt_to_phys
 * while read -r variable valid claimed truth; do
 *     echo "$variable in /dev/mem: $(peek $truth)"
 *     poke $truth
 * done < /sys/kernel/debug/lkmc_virt_to_phys
 * rmmod virt_to_phys
 * '''
 * stdout = """
 * kmalloc yes 0x{hex:linear} 0x{hex:linear}
 * static no 0x{hex} 0x{hex}
 * kmalloc in /dev/mem: 0x12345678
 * static in /dev/mem: 0x87654321
 * """
 * dmesg = [
 *     "virt_to_phys: virt_to_phys() of the static variable is wrong",
 *     "virt_to_phys: at the end kmalloc = 0xabcdef12, static = 0xabcdef12",
 * ]
 * [/lkmc]
 */

#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static u32 static_variable = 0x87654321;
static u32 *kmalloced_variable;
static struct dentry *file;

/* Valid for any address in the vmalloc and module areas. */
static phys_addr_t virt_to_phys_by_page_table(const void *address)
{
	return page_to_phys(vmalloc_to_page(address)) + offset_in_page(address);
}

static void virt_to_phys_line(struct seq_file *seq, const char *name, void *address,
			      phys_addr_t truth)
{
	phys_addr_t claimed = virt_to_phys(address);

	seq_printf(seq, "%s %s 0x%llx 0x%llx\n", name, virt_addr_valid(address) ? "yes" : "no",
		   (u64)claimed, (u64)truth);
}

static int virt_to_phys_show(struct seq_file *seq, void *unused)
{
	virt_to_phys_line(seq, "kmalloc", kmalloced_variable, virt_to_phys(kmalloced_variable));
	virt_to_phys_line(seq, "static", &static_variable,
			  virt_to_phys_by_page_table(&static_variable));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(virt_to_phys);

static int __init virt_to_phys_init(void)
{
	kmalloced_variable = kmalloc(sizeof(*kmalloced_variable), GFP_KERNEL);
	if (!kmalloced_variable)
		return -ENOMEM;
	*kmalloced_variable = 0x12345678;
	file = debugfs_create_file("lkmc_virt_to_phys", 0400, NULL, NULL, &virt_to_phys_fops);
	pr_info("virt_to_phys: virt_to_phys() of the static variable is %s\n",
		virt_to_phys(&static_variable) == virt_to_phys_by_page_table(&static_variable) ?
		"right" : "wrong");
	return 0;
}

static void __exit virt_to_phys_exit(void)
{
	debugfs_remove(file);
	pr_info("virt_to_phys: at the end kmalloc = 0x%x, static = 0x%x\n",
		READ_ONCE(*kmalloced_variable), READ_ONCE(static_variable));
	kfree(kmalloced_variable);
}

module_init(virt_to_phys_init);
module_exit(virt_to_phys_exit);
MODULE_DESCRIPTION("Physical addresses of kernel variables");
MODULE_LICENSE("GPL");
