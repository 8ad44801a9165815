/* SPDX-License-Identifier: GPL-2.0-or-later */
/* BTF, the kernel's description of its own types: read whole, and found by name. */
#ifndef LKMC_BTF_H
#define LKMC_BTF_H

#include <err.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BTF_FILE "/sys/kernel/btf/vmlinux"

/* What follows the head of a type: so many bytes, and so many for each of its elements. */
static const struct {
	size_t once, each;
} btf_tail[NR_BTF_KINDS] = {
	[BTF_KIND_INT] = { sizeof(uint32_t), 0 },
	[BTF_KIND_ARRAY] = { sizeof(struct btf_array), 0 },
	[BTF_KIND_STRUCT] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_UNION] = { 0, sizeof(struct btf_member) },
	[BTF_KIND_ENUM] = { 0, sizeof(struct btf_enum) },
	[BTF_KIND_FUNC_PROTO] = { 0, sizeof(struct btf_param) },
	[BTF_KIND_VAR] = { sizeof(struct btf_var), 0 },
	[BTF_KIND_DATASEC] = { 0, sizeof(struct btf_var_secinfo) },
	[BTF_KIND_DECL_TAG] = { sizeof(struct btf_decl_tag), 0 },
	[BTF_KIND_ENUM64] = { 0, sizeof(struct btf_enum64) },
};

static struct btf_header *btf;
/* By their numbers. */
static const struct btf_type **btf_types;
static uint32_t btf_last;

static inline const void *btf_section(uint32_t offset)
{
	return (const char *)btf + btf->hdr_len + offset;
}

static inline const char *btf_name(uint32_t offset)
{
	return (const char *)btf_section(btf->str_off) + offset;
}

static inline void btf_read_file(void)
{
	int fd = open(BTF_FILE, O_RDONLY);
	struct stat file;
	ssize_t got, all = 0;

	if (fd < 0 || fstat(fd, &file))
		err(1, BTF_FILE);
	btf = malloc(file.st_size);
	if (!btf)
		err(1, "malloc");
	/* A page at a time is all that a file of sysfs gives. */
	while ((got = read(fd, (char *)btf + all, file.st_size - all)) > 0)
		all += got;
	if (got || all != file.st_size)
		err(1, BTF_FILE);
	close(fd);
	if (btf->magic != BTF_MAGIC || btf->version != BTF_VERSION)
		errx(1, BTF_FILE ": magic number %#x, version %d", btf->magic, btf->version);
}

static inline const struct btf_type *btf_next(const struct btf_type *type)
{
	uint32_t kind = BTF_INFO_KIND(type->info), elements = BTF_INFO_VLEN(type->info);

	if (kind >= NR_BTF_KINDS)
		errx(1, BTF_FILE ": kind %u", kind);
	return (const void *)((const char *)(type + 1) + btf_tail[kind].once + elements * btf_tail[kind].each);
}

/* Before anything else. */
static inline void btf_read(void)
{
	const struct btf_type *type, *end;

	btf_read_file();
	type = btf_section(btf->type_off);
	end = btf_section(btf->type_off + btf->type_len);
	btf_types = calloc(btf->type_len / sizeof(*type) + 1, sizeof(*btf_types));
	if (!btf_types)
		err(1, "calloc");
	/* Number 0 is void, and not written down. */
	for (; type < end; type = btf_next(type))
		btf_types[++btf_last] = type;
	if (type != end)
		errx(1, BTF_FILE ": type %u ends behind the last one", btf_last);
}

static inline uint32_t btf_find(uint32_t kind, const char *wanted)
{
	uint32_t id;

	for (id = 1; id <= btf_last; id++)
		if (BTF_INFO_KIND(btf_types[id]->info) == kind && !strcmp(btf_name(btf_types[id]->name_off), wanted))
			return id;
	errx(1, BTF_FILE ": no %s", wanted);
}

/* Of a member, in bytes. */
static inline uint32_t btf_offset_of(const struct btf_type *structure, const char *wanted)
{
	const struct btf_member *member = (const void *)(structure + 1);
	uint32_t i, bits;

	for (i = 0; i < BTF_INFO_VLEN(structure->info); i++, member++)
		if (!strcmp(btf_name(member->name_off), wanted)) {
			/* Where there are bit fields, their widths are in the upper eight bits. */
			bits = BTF_INFO_KFLAG(structure->info) ? BTF_MEMBER_BIT_OFFSET(member->offset) : member->offset;
			return bits / 8;
		}
	errx(1, BTF_FILE ": %s has no %s", btf_name(structure->name_off), wanted);
}

/* Which parameter of a function has this name, from 0; how many there are if it is NULL. */
static inline uint32_t btf_parameter(const struct btf_type *function, const char *wanted)
{
	const struct btf_type *prototype = btf_types[function->type];
	const struct btf_param *parameter = (const void *)(prototype + 1);
	uint32_t i, count = BTF_INFO_VLEN(prototype->info);

	if (!wanted)
		return count;
	for (i = 0; i < count; i++)
		if (!strcmp(btf_name(parameter[i].name_off), wanted))
			return i;
	errx(1, BTF_FILE ": %s has no %s", btf_name(function->name_off), wanted);
}

#endif
