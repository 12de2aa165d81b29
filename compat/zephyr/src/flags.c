/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages allow: changed, and asked about.
 *
 * Zephyr's call takes any pages that are mapped, of one mapping or of several; quire's takes one mapping,
 * and does all or nothing.  So the range is looked through first, and what each row of the book allows is
 * remembered if there are several mappings, to be restored if the second cannot be what the first is
 * already.
 */
#include "words.h"

#include "kernel_arch_interface.h"

enum { ROWS_MAX = 32 };

/* Pages that are alike, side by side, of one mapping. */
struct row {
	uintptr_t va;
	size_t size;
	uint8_t attr;
	bool part; /* of the mapping that the row before it is of */
};

/* What a range is made of; only the first rows, if there are too many. */
struct rows {
	struct row row[ROWS_MAX];
	unsigned count, mappings;
};

/* The row at va, clipped to [va, va + size).  QUIRE_EUNMAPPED where nothing is, or a guard. */
static int row_at(uintptr_t va, size_t size, struct row *out)
{
	struct quire_extent_info info;
	int result = quire_space_query(zephyr_machine.space, va, &info);
	quire_size page = quire_zephyr_map.page, left;

	if (result < 0)
		return result;
	if (info.kind != QUIRE_MAPPED && info.kind != QUIRE_CLAIMED)
		return QUIRE_EUNMAPPED;
	left = info.size - (va - info.va) - (info.guards & 2u ? page : 0);
	if (left == 0 || ((info.guards & 1u) && va - info.va < page))
		return QUIRE_EUNMAPPED;
	out->va = va;
	out->size = left < size ? (size_t)left : size;
	out->attr = info.attr;
	out->part = info.part;
	return QUIRE_OK;
}

static int rows_of(uintptr_t va, size_t size, struct rows *out)
{
	*out = (struct rows){.count = 0};
	while (size != 0) {
		struct row row;
		int result = row_at(va, size, &row);

		if (result < 0)
			return result;
		out->mappings += out->count == 0 || !row.part;
		if (out->count < ROWS_MAX)
			out->row[out->count] = row;
		out->count++;
		va += row.size;
		size -= row.size;
	}
	return QUIRE_OK;
}

static int protect(uintptr_t va, size_t size, unsigned attr)
{
	return quire_vm_protect(zephyr_machine.vm, va, size, attr,
				zephyr_is_wx(attr) ? QUIRE_VM_WX : 0u);
}

/* [va, va + size) is inside one mapping. */
static int allow(uintptr_t va, size_t size, uint32_t flags)
{
	unsigned target, attr;
	quire_pa pa;
	int result = quire_space_to_physical(zephyr_machine.space, va, &pa, &target);

	if (result < 0)
		return result;
	attr = zephyr_attr(flags, target);
	result = protect(va, size, attr);
	return result == QUIRE_EMODE ? protect(va, size, zephyr_own_mode(attr, target)) : result;
}

static void restore(const struct rows *rows, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		(void)protect(rows->row[i].va, rows->row[i].size, rows->row[i].attr);
}

/* The rows of one mapping after the other. */
static int allow_all(const struct rows *rows, uint32_t flags)
{
	for (unsigned first = 0, end; first < rows->count; first = end) {
		size_t size = rows->row[first].size;
		int result;

		for (end = first + 1; end < rows->count && rows->row[end].part; end++)
			size += rows->row[end].size;
		result = allow(rows->row[first].va, size, flags);
		if (result < 0) {
			restore(rows, first);
			return result;
		}
	}
	return QUIRE_OK;
}

/*
 * More descriptors than before are only taken where all rows but two become one, so that there are few of
 * them to be restored; and going from the left, each needs none, as it joins what is before it.
 */
int zephyr_allow(uintptr_t va, size_t size, uint32_t flags)
{
	struct zephyr_room before = zephyr_domain_room();
	struct rows rows;
	int result = rows_of(va, size, &rows);

	if (result < 0)
		return result;
	if (rows.count > ROWS_MAX)
		return rows.mappings > 1 ? QUIRE_EPOOL : allow(va, size, flags);
	result = allow_all(&rows, flags);
	if (result < 0 || zephyr_domain_has_room_since(&before))
		return result;
	restore(&rows, rows.count);
	return QUIRE_EPOOL;
}

int k_mem_update_flags(void *addr, size_t size, uint32_t flags)
{
	int result;

	if (zephyr_machine.space == NULL)
		return -EFAULT;
	if (!zephyr_is_range((uintptr_t)addr, size))
		return -EINVAL;
	zephyr_lock();
	zephyr_domain_pause((uintptr_t)addr, size);
	result = zephyr_allow((uintptr_t)addr, size, flags);
	zephyr_domain_resume();
	zephyr_unlock();
	return zephyr_errno(result);
}

/* -- asked about -- */

int arch_page_phys_get(void *virt, uintptr_t *phys)
{
	quire_pa pa;

	if (zephyr_machine.space == NULL ||
	    quire_space_to_physical(zephyr_machine.space, (uintptr_t)virt, &pa, NULL) < 0)
		return -EFAULT;
	if (phys != NULL)
		*phys = (uintptr_t)pa;
	return 0;
}

static bool is_constant(uintptr_t va, size_t size)
{
	return zephyr_machine.is_constant != NULL && zephyr_machine.is_constant(va, size);
}

int arch_buffer_validate(const void *addr, size_t size, int write)
{
	unsigned needed = QUIRE_READ | QUIRE_USER | (write ? QUIRE_WRITE : 0u);
	uintptr_t va = (uintptr_t)addr;
	struct row row;

	if (va + size < va || zephyr_machine.space == NULL)
		return -EPERM;
	for (; size != 0; va += row.size, size -= row.size) {
		int result = row_at(va, size, &row);

		if (result == QUIRE_EFOREIGN && !write && is_constant(va, size))
			return 0;
		if (result < 0 || (row.attr & needed) != needed)
			return -EPERM;
	}
	return 0;
}
