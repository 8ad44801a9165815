/*
 * A kernel in which one module is loaded, as far as gdb/lkmc/modules.py looks at it: LINUX is the version that keeps it so.
 */
#include <stddef.h>

struct list_head {
	struct list_head *next, *prev;
};

struct attribute {
	const char *name;
	unsigned short mode;
};

struct bin_attribute {
	struct attribute attr;
	size_t size;
	void *private;
};

struct attribute_group {
	const char *name;
	union {
		const struct bin_attribute *const *bin_attrs;
		const struct bin_attribute *const *bin_attrs_new;
	};
};

#define TEXT 0xffffffffc0000000
#define DATA 0xffffffffc0002000

#if LINUX < 614
struct module_sect_attr {
	struct bin_attribute battr;
	unsigned long address;
};

struct module_sect_attrs {
	struct attribute_group grp;
	unsigned int nsections;
	struct module_sect_attr attrs[2];
} sect_attrs = {
	.nsections = 2,
	.attrs = {{{{".text"}}, TEXT}, {{{".data"}}, DATA}},
};
#else
struct module_sect_attrs {
	struct attribute_group grp;
	struct bin_attribute attrs[2];
};

extern struct module_sect_attrs sect_attrs;

const struct bin_attribute *const files[] = {&sect_attrs.attrs[0], &sect_attrs.attrs[1], NULL};

struct module_sect_attrs sect_attrs = {
	.grp = {"sections", {files}},
	.attrs = {{{".text"}, .private = (void *)TEXT}, {{".data"}, .private = (void *)DATA}},
};
#endif

struct module {
	int state;
	struct list_head list;
	char name[56];
	int (*init)(void);
#ifndef WITHOUT_SECTIONS
	struct module_sect_attrs *sect_attrs;
#endif
};

extern struct list_head modules;

struct module mine = {
	.list = {&modules, &modules},
	.name = "mine",
#ifndef WITHOUT_SECTIONS
	.sect_attrs = &sect_attrs,
#endif
};

struct list_head modules = {&mine.list, &mine.list};

const char linux_banner[] = "Linux version of a model";

int main(void)
{
	return 0;
}
