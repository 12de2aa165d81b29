/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's memory management driver: pages at chosen addresses, in any pieces.
 *
 * Its mappings are plain ones (plain.h).  A call that maps several pieces takes back those it has mapped when
 * one fails; what is moved is mapped at its new place before it goes from the old one.
 */
#include "zephyr/drivers/mm/system_mm.h"

#include "kernel_arch_interface.h"
#include "mmu.h"
#include "plain.h"

/* A result of quire's as the driver would say it: EFAULT for what is there and should not be. */
static int driver_errno(int result)
{
	return result == QUIRE_ETAKEN || result == QUIRE_ECLAIMED ? -EFAULT : zephyr_errno(result);
}

/* Flags that say something. */
static bool flags_valid(uint32_t flags)
{
	return (flags & SYS_MM_MEM_CACHE_MASK) <= K_MEM_ARM_NORMAL_NC &&
	       (flags & ~(uint32_t)(SYS_MM_MEM_CACHE_MASK | SYS_MM_MEM_PERM_RW |
				    SYS_MM_MEM_PERM_EXEC | SYS_MM_MEM_PERM_USER)) == 0;
}

static bool arguments_valid(const void *virt, size_t size, uint32_t flags)
{
	return zephyr_machine.space != NULL && zephyr_is_range((uintptr_t)virt, size) &&
	       flags_valid(flags);
}

static size_t page(void)
{
	return quire_zephyr_map.page;
}

/* -- pages that are to be mapped, wherever each is -- */

struct pages {
	const uintptr_t *each; /* NULL: side by side from `phys` on */
	uintptr_t phys;
	size_t count;
};

static uintptr_t page_at(const struct pages *pages, size_t i)
{
	return pages->each != NULL ? pages->each[i] : pages->phys + i * page();
}

/* How many from page i on lie side by side. */
static size_t run_at(const struct pages *pages, size_t i)
{
	size_t count = 1;

	while (i + count < pages->count &&
	       page_at(pages, i + count) == page_at(pages, i) + count * page())
		count++;
	return count;
}

/* Whether all of them are multiples of the page, and memory. */
static bool pages_valid(const struct pages *pages)
{
	for (size_t i = 0; i < pages->count; i += run_at(pages, i)) {
		size_t size = run_at(pages, i) * page();

		if (!zephyr_is_range(page_at(pages, i), size) ||
		    zephyr_target(page_at(pages, i), size) == QUIRE_TARGETS_MAX)
			return false;
	}
	return true;
}

static int map_pages(uintptr_t va, const struct pages *pages, uint32_t flags)
{
	int result = zephyr_plain_none(va, pages->count * page());

	for (size_t i = 0, run; result >= 0 && i < pages->count; i += run) {
		struct zephyr_plain p = {.va = va + i * page(), .phys = page_at(pages, i)};

		run = run_at(pages, i);
		p.size = run * page();
		result = zephyr_plain_want(&p, flags);
		if (result >= 0)
			result = zephyr_plain_map(&p, ZEPHYR_TAG_DRIVER);
		if (result < 0 && i != 0)
			(void)zephyr_plain_unmap(va, i * page());
	}
	return result;
}

static int map(void *virt, const struct pages *pages, uint32_t flags)
{
	int result;

	if (pages->count > SIZE_MAX / page() ||
	    !arguments_valid(virt, pages->count * page(), flags) || !pages_valid(pages))
		return -EINVAL;
	zephyr_lock();
	result = map_pages((uintptr_t)virt, pages, flags);
	zephyr_unlock();
	return driver_errno(result);
}

int sys_mm_drv_map_page(void *virt, uintptr_t phys, uint32_t flags)
{
	return map(virt, &(struct pages){.phys = phys, .count = 1}, flags);
}

int sys_mm_drv_map_region(void *virt, uintptr_t phys, size_t size, uint32_t flags)
{
	if (size % page() != 0)
		return -EINVAL;
	return map(virt, &(struct pages){.phys = phys, .count = size / page()}, flags);
}

int sys_mm_drv_map_array(void *virt, uintptr_t *phys, size_t cnt, uint32_t flags)
{
	if (phys == NULL)
		return -EINVAL;
	return map(virt, &(struct pages){.each = phys, .count = cnt}, flags);
}

/* -- unmapping, looking -- */

int sys_mm_drv_unmap_region(void *virt, size_t size)
{
	int result;

	if (!arguments_valid(virt, size, 0))
		return -EINVAL;
	zephyr_lock();
	result = zephyr_plain_unmap((uintptr_t)virt, size);
	zephyr_unlock();
	return driver_errno(result);
}

int sys_mm_drv_unmap_page(void *virt)
{
	return sys_mm_drv_unmap_region(virt, page());
}

int sys_mm_drv_page_phys_get(void *virt, uintptr_t *phys)
{
	if (!arguments_valid(virt, page(), 0))
		return -EINVAL;
	return arch_page_phys_get(virt, phys);
}

/* -- moving -- */

/* What is at the old place is mapped at the new one, too. */
static int map_again(uintptr_t from, size_t size, uintptr_t to)
{
	struct zephyr_plain p = {.size = 0};
	int result = zephyr_plain_none(to, size);

	for (size_t i = 0; result >= 0 && i < size; i += p.size) {
		result = zephyr_plain_at(from + i, size - i, &p);
		p.va = to + i;
		if (result >= 0)
			result = zephyr_plain_map(&p, ZEPHYR_TAG_DRIVER);
		if (result < 0 && i != 0)
			(void)zephyr_plain_unmap(to, i);
	}
	return result;
}

/* The old place goes, or the new one, if it cannot. */
static int leave(uintptr_t from, size_t size, uintptr_t to)
{
	int result = zephyr_plain_unmap(from, size);

	if (result < 0)
		(void)zephyr_plain_unmap(to, size);
	return result;
}

static bool apart(uintptr_t a, uintptr_t b, size_t size)
{
	return a < b ? b - a >= size : a - b >= size;
}

int sys_mm_drv_remap_region(void *virt_old, size_t size, void *virt_new)
{
	uintptr_t from = (uintptr_t)virt_old, to = (uintptr_t)virt_new;
	int result;

	if (!arguments_valid(virt_old, size, 0) || !zephyr_is_range(to, size) ||
	    !apart(from, to, size))
		return -EINVAL;
	zephyr_lock();
	result = zephyr_plain_all(from, size);
	if (result >= 0)
		result = map_again(from, size, to);
	if (result >= 0)
		result = leave(from, size, to);
	zephyr_unlock();
	return driver_errno(result);
}

/* Whether none of the pages is one that is to be copied. */
static bool pages_apart(uintptr_t from, size_t size, const struct pages *pages)
{
	for (size_t offset = 0; offset < size; offset += page()) {
		uintptr_t phys;

		if (arch_page_phys_get((void *)(from + offset), &phys) < 0)
			return false;
		for (size_t i = 0; i < pages->count; i += run_at(pages, i))
			if (phys - page_at(pages, i) < run_at(pages, i) * page())
				return false;
	}
	return true;
}

/* Pages at the new place allow what those at the old one do.  Each is in pieces of its own. */
static int allow_as(uintptr_t from, size_t size, uintptr_t to)
{
	struct zephyr_plain old, new = {.size = 0};
	int result = QUIRE_OK;

	for (size_t i = 0; result >= 0 && i < size; i += new.size) {
		result = zephyr_plain_at(from + i, size - i, &old);
		if (result >= 0)
			result = zephyr_plain_at(to + i, old.size, &new);
		if (result >= 0)
			result = quire_space_protect(zephyr_machine.space, to + i, new.size,
						     old.attr,
						     zephyr_is_wx(old.attr) ? QUIRE_WX : 0u);
	}
	return result;
}

/* Mapped for the kernel alone until all has been copied. */
static int move_to(uintptr_t from, size_t size, uintptr_t to, const struct pages *pages)
{
	int result = map_pages(to, pages, SYS_MM_MEM_PERM_RW);

	if (result < 0)
		return result;
	__builtin_memcpy((void *)to, (const void *)from, size);
	result = allow_as(from, size, to);
	if (result < 0) {
		(void)zephyr_plain_unmap(to, size);
		return result;
	}
	return leave(from, size, to);
}

static int move(void *virt_old, size_t size, void *virt_new, const struct pages *pages)
{
	uintptr_t from = (uintptr_t)virt_old, to = (uintptr_t)virt_new;
	int result;

	if (!arguments_valid(virt_old, size, 0) || !zephyr_is_range(to, size) ||
	    !apart(from, to, size) || pages->count != size / page() || !pages_valid(pages))
		return -EINVAL;
	zephyr_lock();
	result = zephyr_plain_all(from, size);
	if (result >= 0 && !pages_apart(from, size, pages))
		result = QUIRE_EOVERLAP;
	if (result >= 0)
		result = move_to(from, size, to, pages);
	zephyr_unlock();
	return driver_errno(result);
}

int sys_mm_drv_move_region(void *virt_old, size_t size, void *virt_new, uintptr_t phys_new)
{
	return move(virt_old, size, virt_new,
		    &(struct pages){.phys = phys_new, .count = size / page()});
}

int sys_mm_drv_move_array(void *virt_old, size_t size, void *virt_new, uintptr_t *phys_new,
			  size_t phys_cnt)
{
	if (phys_new == NULL)
		return -EINVAL;
	return move(virt_old, size, virt_new, &(struct pages){.each = phys_new, .count = phys_cnt});
}

/* -- flags, regions -- */

int sys_mm_drv_update_region_flags(void *virt, size_t size, uint32_t flags)
{
	if (!arguments_valid(virt, size, flags))
		return -EINVAL;
	return k_mem_update_flags(virt, size, flags);
}

int sys_mm_drv_update_page_flags(void *virt, uint32_t flags)
{
	return sys_mm_drv_update_region_flags(virt, page(), flags);
}

const struct sys_mm_drv_region *sys_mm_drv_query_memory_regions(void)
{
	static struct sys_mm_drv_region regions[2];

	regions[0].addr = K_MEM_VM_FREE_START;
	regions[0].size = (size_t)(K_MEM_VIRT_RAM_END - K_MEM_VM_FREE_START) - K_MEM_VM_RESERVED;
	return regions;
}

void sys_mm_drv_query_memory_regions_free(const struct sys_mm_drv_region *regions)
{
	(void)regions;
}
