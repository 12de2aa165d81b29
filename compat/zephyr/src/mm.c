/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping and unmapping between guards, and changing what pages allow.
 *
 * A call is checked as Zephyr checks it, in its order, turned into one request of quire_vm, and the
 * result is said as Zephyr would: NULL or nothing, with a sentence printed, since the caller is not told
 * what was wrong.
 *
 * What is to be unmapped is looked at first: Zephyr has no registry of mappings and must believe its
 * caller; here the book knows what was mapped how.  That and the unmapping are one step under the
 * machine's lock.  Mapping is not: memory is zeroed meanwhile.
 */
#include "words.h"

#include "mmu.h"

/* Why a request cannot be met, in words; NULL if it can. */
static const char *refusal(size_t size, uint32_t flags)
{
	size_t page = quire_zephyr_map.page;

	if (zephyr_machine.space == NULL)
		return "memory management has not begun";
	if ((flags & K_MEM_PERM_USER) && (flags & K_MEM_MAP_UNINIT))
		return "user mode may not see memory that is not zeroed";
	if (size % page != 0)
		return "the size is no multiple of the page";
	if (size == 0)
		return "the size is 0";
	if (size > SIZE_MAX - 2 * page)
		return "the size and two guards cannot be counted";
	if (flags & K_MEM_MAP_UNPAGED)
		return "there is no backing store";
	return NULL;
}

/* -- mapping -- */

static unsigned vm_flags(uint32_t flags, unsigned attr)
{
	return QUIRE_VM_GUARDS | (flags & K_MEM_MAP_UNINIT ? QUIRE_VM_UNINIT : 0u) |
	       (flags & K_MEM_MAP_LOCK ? QUIRE_VM_PIN : 0u) |
	       (zephyr_is_wx(attr) ? QUIRE_VM_WX : 0u);
}

/* The memory whose first byte RAM's is. */
static unsigned ram_target(void)
{
	return zephyr_target(quire_zephyr_map.ram_base, 1);
}

int zephyr_keep(int result, quire_va va, size_t size)
{
	bool room;

	if (result < 0)
		return result;
	zephyr_lock();
	room = zephyr_domain_has_room();
	if (!room)
		(void)quire_vm_unmap(zephyr_machine.vm, va, size);
	zephyr_unlock();
	return room ? result : QUIRE_EPOOL;
}

/* RAM that is handed out is never device memory. */
static unsigned anonymous_attr(uint32_t flags)
{
	unsigned attr = zephyr_attr(flags, ram_target());

	if ((attr & QUIRE_CACHE_MASK) != QUIRE_DEVICE_IO)
		return attr;
	return (attr & ~(unsigned)QUIRE_CACHE_MASK) | QUIRE_UNCACHED;
}

static int map_anonymous(size_t size, uint32_t flags, quire_va *va)
{
	unsigned attr = anonymous_attr(flags);
	struct quire_vm_want want = {
		.size = size,
		.attr = (uint8_t)attr,
		.caps = zephyr_machine.vm_caps,
		.flags = (uint8_t)vm_flags(flags, attr),
		.tag = ZEPHYR_TAG_GUARDED,
	};
	int result = quire_vm_map(zephyr_machine.vm, &want, va);

	if (result == QUIRE_EMODE) {
		want.attr = (uint8_t)zephyr_own_mode(attr, ram_target());
		result = quire_vm_map(zephyr_machine.vm, &want, va);
	}
	return zephyr_keep(result, *va, size);
}

static int map_once(struct zephyr_physical *p, unsigned target, unsigned attr)
{
	struct quire_vm_want want = {
		.size = p->size,
		.attr = (uint8_t)attr,
		.flags = (uint8_t)(p->vm_flags | (zephyr_is_wx(attr) ? QUIRE_VM_WX : 0u)),
		.tag = (uint16_t)p->tag,
	};
	quire_va va;
	int result;

	if (p->fixed)
		return quire_vm_map_physical_at(zephyr_machine.vm, p->va, target, p->phys, &want);
	want.caps = zephyr_machine.vm_caps;
	result = quire_vm_map_physical(zephyr_machine.vm, target, p->phys, &want, &va);
	if (result >= 0)
		p->va = (uintptr_t)va;
	return result;
}

int zephyr_map_physical(struct zephyr_physical *p)
{
	unsigned target = zephyr_target(p->phys, p->size), attr;
	int result;

	if (target == QUIRE_TARGETS_MAX)
		return QUIRE_EBEYOND;
	attr = zephyr_attr(p->flags, target);
	result = map_once(p, target, attr);
	if (result == QUIRE_EMODE)
		result = map_once(p, target, zephyr_own_mode(attr, target));
	return zephyr_keep(result, p->va, p->size);
}

static int map_guarded(uintptr_t phys, size_t size, uint32_t flags, quire_va *va)
{
	struct zephyr_physical p = {
		.phys = phys,
		.size = size,
		.flags = flags,
		.vm_flags = QUIRE_VM_GUARDS,
		.tag = ZEPHYR_TAG_GUARDED,
	};
	int result = zephyr_map_physical(&p);

	*va = p.va;
	return result;
}

void *k_mem_map_phys_guard(uintptr_t phys, size_t size, uint32_t flags, bool is_anon)
{
	const char *why = refusal(size, flags);
	quire_va va = 0;
	int result = QUIRE_OK;

	if (why == NULL) {
		result = is_anon ? map_anonymous(size, flags, &va)
				 : map_guarded(phys, size, flags, &va);
		why = result < 0 ? quire_error_text(result) : NULL;
	}
	if (why == NULL)
		return (void *)(uintptr_t)va;
	printk("k_mem_map: %zu bytes, flags 0x%x: %s\n", size, (unsigned)flags, why);
	return NULL;
}

/* -- unmapping -- */

/* A mapping of k_mem_map_phys_guard(), of that kind, all of it. */
static int unmap_guarded(uintptr_t va, size_t size, bool is_anon)
{
	struct quire_vm_info info;
	int result = quire_vm_info(zephyr_machine.vm, va, &info);

	if (result < 0)
		return result;
	if (info.tag != ZEPHYR_TAG_GUARDED || info.anonymous != is_anon)
		return QUIRE_ECLAIMED;
	zephyr_domain_pause(va, size);
	result = quire_vm_unmap(zephyr_machine.vm, va, size);
	zephyr_domain_resume();
	return result;
}

static int unmap(uintptr_t va, size_t size, bool is_anon)
{
	int result;

	if (zephyr_machine.space == NULL)
		return QUIRE_EUNMAPPED;
	if (size == 0)
		return QUIRE_EZERO;
	if (va + (size - 1) < va)
		return QUIRE_EWRAP;
	if (!zephyr_is_range(va, size))
		return QUIRE_EALIGN;
	zephyr_lock();
	result = unmap_guarded(va, size, is_anon);
	zephyr_unlock();
	return result;
}

int quire_zephyr_unmap_phys_guard(void *addr, size_t size, int is_anon)
{
	return unmap((uintptr_t)addr, size, is_anon != 0) < 0 ? -EINVAL : 0;
}

void k_mem_unmap_phys_guard(void *addr, size_t size, bool is_anon)
{
	const struct zephyr_unmap u = {(uintptr_t)addr, size, (uintptr_t)addr, size};
	int result = unmap(u.addr, size, is_anon);

	if (result < 0)
		zephyr_tell_unmap(is_anon ? "k_mem_unmap" : "k_mem_unmap_phys_guard", &u, result);
}

/* -- what there is -- */

size_t k_mem_free_get(void)
{
	size_t free, kept = zephyr_chosen(ZEPHYR_CHOSEN_RESERVE, 0) * quire_zephyr_map.page;

	if (zephyr_machine.frames == NULL)
		return 0;
	free = (size_t)quire_frames_free(zephyr_machine.frames);
	return free > kept ? free - kept : 0;
}

size_t k_mem_region_align(uintptr_t *aligned_addr, size_t *aligned_size, uintptr_t addr,
			  size_t size, size_t align)
{
	uintptr_t start = addr / align * align;
	size_t offset = addr - start;

	*aligned_addr = start;
	*aligned_size = (offset + size + align - 1) / align * align;
	return offset;
}

uintptr_t quire_zephyr_phys_of(uintptr_t va)
{
	uintptr_t phys;

	if (zephyr_machine.phys_of != NULL && zephyr_machine.phys_of(va, &phys))
		return phys;
	return va - K_MEM_VIRT_OFFSET;
}

uintptr_t quire_zephyr_virt_of(uintptr_t phys)
{
	uintptr_t va;

	if (zephyr_machine.virt_of != NULL && zephyr_machine.virt_of(phys, &va))
		return va;
	return phys + K_MEM_VIRT_OFFSET;
}
