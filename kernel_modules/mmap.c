// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Share a page of memory between the kernel and a program, without copying anything.
 *
 * read(2) and write(2) copy. With mmap(2) a program gets the driver's memory into its own address
 * space: both then look at the same bytes under different addresses, and no system call is needed
 * any more. Graphics, sound and fast networking live on that. Here it is one page with one number
 * in it, which the kernel also gives out through read(2) and takes through write(2), so that the
 * program can ask what the kernel sees.
 *
 * There are three ways to put a page there, chosen by the parameter `how`:
 * - "fault": mmap(2) does nothing but note who to ask. When the program touches the page for the
 *   first time the processor faults, and the kernel calls our function for it. For large areas of
 *   which little may be used; each page comes when it is needed.
 * - "insert": the page is put there at once. Like the first way for ordinary pages of memory,
 *   whose users are counted: the page lives until the last mapping is gone.
 * - "remap": a range of physical addresses is put there, whatever is behind them: registers of a
 *   device, as a rule, which have no struct page. Nobody counts, so the driver must see to it that
 *   the memory stays. It does here because a mapping keeps the file open and the module loaded.
 *
 * What to notice:
 * - Two mappings of the page in the same program show the same number.
 * - With "fault" the log has one line for each mapping, however often it is used.
 * - A private mapping would give the program its own copy at its first write; the driver refuses
 *   it.
 * - A program may make a mapping longer later, with mremap(2), and the driver's mmap is not asked
 *   again. The fault function gets the page's number: there is only page 0. With "insert" nobody
 *   provides what was added; both ways the program gets SIGBUS (7) when it touches that. What was
 *   remapped cannot grow at all.
 *
 * The file is a device because debugfs does not pass mmap on to a module (debugfs.c).
 *
 * Sources: include/linux/mm.h; kernel documentation, mm/process_addrs; manual page mmap(2).
 *
 * [lkmc]
 * companion = ["../userland/kernel_modules/mmap.c"]
 *
 * [[lkmc.run]]
 * name = "fault"
 * guest = """
 * insmod mmap.ko how=fault
 * ./mmap /dev/lkmc_mmap
 * rmmod mmap
 * """
 * stdout = """
 * the program sees 0x12345678
 * the program stores 0x1; the kernel sees 0x1
 * the kernel stores 0x2; the program sees 0x2
 * the second mapping sees 0x2
 * a private mapping: Invalid argument
 * two pages: Invalid argument
 * a second page by mremap: signal 7
 * """
 * dmesg = [
 *     "mmap: mmap by fault", "mmap: fault at page 0",
 *     "mmap: mmap by fault", "mmap: fault at page 0", "mmap: fault at page 1",
 * ]
 *
 * [[lkmc.run]]
 * name = "insert"
 * guest = """
 * insmod mmap.ko how=insert
 * ./mmap /dev/lkmc_mmap
 * rmmod mmap
 * """
 * stdout = """
 * the program sees 0x12345678
 * the program stores 0x1; the kernel sees 0x1
 * the kernel stores 0x2; the program sees 0x2
 * the second mapping sees 0x2
 * a private mapping: Invalid argument
 * two pages: Invalid argument
 * a second page by mremap: signal 7
 * """
 * dmesg = ["mmap: mmap by insert", "mmap: mmap by insert"]
 * dmesg-not = ["mmap: fault at page {dec}"]
 *
 * [[lkmc.run]]
 * name = "remap"
 * guest = """
 * insmod mmap.ko how=remap
 * ./mmap /dev/lkmc_mmap
 * rmmod mmap
 * """
 * stdout = """
 * the program sees 0x12345678
 * the program stores 0x1; the kernel sees 0x1
 * the kernel stores 0x2; the program sees 0x2
 * the second mapping sees 0x2
 * a private mapping: Invalid argument
 * two pages: Invalid argument
 * a second page by mremap: Bad address
 * """
 * dmesg = ["mmap: mmap by remap", "mmap: mmap by remap"]
 * dmesg-not = ["mmap: fault at page {dec}"]
 * [/lkmc]
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static char *how = "fault";
module_param(how, charp, 0444);
MODULE_PARM_DESC(how, "how the page gets into the program: fault, insert or remap");

static struct page *page;

/* The number at the beginning of the page. The compiler must not assume that only we change it. */
static u32 *mmap_number(void)
{
	return page_address(page);
}

static vm_fault_t mmap_fault(struct vm_fault *fault)
{
	pr_info("fault at page %lu\n", fault->pgoff);
	if (fault->pgoff)
		return VM_FAULT_SIGBUS;
	/* The mapping becomes one more user of the page; unmapping gives it back. */
	get_page(page);
	fault->page = page;
	return 0;
}

static const struct vm_operations_struct mmap_vm_ops = {
	.fault = mmap_fault,
};

static int mmap_mmap(struct file *file, struct vm_area_struct *area)
{
	if (!(area->vm_flags & VM_SHARED))
		return -EINVAL;
	if (area->vm_pgoff + vma_pages(area) > 1)
		return -EINVAL;
	pr_info("mmap by %s\n", how);
	if (!strcmp(how, "insert"))
		return vm_insert_page(area, area->vm_start, page);
	if (!strcmp(how, "remap"))
		return remap_pfn_range(area, area->vm_start, page_to_pfn(page), PAGE_SIZE,
				       area->vm_page_prot);
	area->vm_ops = &mmap_vm_ops;
	return 0;
}

static ssize_t mmap_read(struct file *file, char __user *buffer, size_t length, loff_t *at)
{
	u32 number = READ_ONCE(*mmap_number());

	if (length < sizeof(number))
		return -EINVAL;
	return copy_to_user(buffer, &number, sizeof(number)) ? -EFAULT : sizeof(number);
}

static ssize_t mmap_write(struct file *file, const char __user *buffer, size_t length, loff_t *at)
{
	u32 number;

	if (length != sizeof(number))
		return -EINVAL;
	if (copy_from_user(&number, buffer, sizeof(number)))
		return -EFAULT;
	WRITE_ONCE(*mmap_number(), number);
	return sizeof(number);
}

static const struct file_operations mmap_fops = {
	.owner = THIS_MODULE,
	.mmap = mmap_mmap,
	.read = mmap_read,
	.write = mmap_write,
	.llseek = noop_llseek,
};

static struct miscdevice mmap_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "lkmc_mmap",
	.fops = &mmap_fops,
};

static int __init lkmc_mmap_init(void)
{
	int error;

	if (strcmp(how, "fault") && strcmp(how, "insert") && strcmp(how, "remap"))
		return -EINVAL;
	/* Zeroed, because the program will see all of it. */
	page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!page)
		return -ENOMEM;
	*mmap_number() = 0x12345678;
	error = misc_register(&mmap_device);
	if (error)
		__free_page(page);
	return error;
}

static void __exit lkmc_mmap_exit(void)
{
	misc_deregister(&mmap_device);
	__free_page(page);
}

module_init(lkmc_mmap_init);
module_exit(lkmc_mmap_exit);
MODULE_DESCRIPTION("A page that the kernel and programs share");
MODULE_LICENSE("GPL");
