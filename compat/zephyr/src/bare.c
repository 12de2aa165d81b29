/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping devices and the like: physical memory as it is, without guards, at any bytes.
 *
 * Zephyr's call has no error to return and panics; the one that has is quire_zephyr_map_phys_bare().
 * Nothing is locked any more when the panic begins.
 */
#include "words.h"

#include "kernel_arch_interface.h"
#include "mmu.h"

static size_t region_align(struct zephyr_physical *p, uintptr_t phys, size_t size)
{
	return k_mem_region_align(&p->phys, &p->size, phys, size, quire_zephyr_map.page);
}

static int map_bare(uintptr_t phys, size_t size, uint32_t flags, uintptr_t *va)
{
	struct zephyr_physical p = {
		.flags = flags, .vm_flags = QUIRE_VM_LARGE, .tag = ZEPHYR_TAG_BARE};
	size_t offset;
	int result;

	if (size == 0)
		return QUIRE_EZERO;
	if (phys + (size - 1) < phys)
		return QUIRE_EWRAP;
	if (zephyr_machine.space == NULL || size > quire_zephyr_map.vm_size)
		return QUIRE_ESPACE;
	offset = region_align(&p, phys, size);
	if (flags & K_MEM_DIRECT_MAP) {
		p.va = p.phys;
		p.fixed = true;
		p.vm_flags = 0;
	}
	result = zephyr_map_physical(&p);
	if (result >= 0)
		*va = p.va + offset;
	return result;
}

static int bare_errno(int result)
{
	switch (result) {
	case QUIRE_ETAKEN:
		return -EEXIST;
	case QUIRE_EFOREIGN:
		return -EADDRNOTAVAIL;
	default:
		return zephyr_errno(result);
	}
}

int quire_zephyr_map_phys_bare(uint8_t **virt, uintptr_t phys, size_t size, uint32_t flags)
{
	uintptr_t va;
	int result = map_bare(phys, size, flags, &va);

	if (result >= 0)
		*virt = (uint8_t *)va;
	return result < 0 ? bare_errno(result) : 0;
}

void k_mem_map_phys_bare(uint8_t **virt_ptr, uintptr_t phys, size_t size, uint32_t flags)
{
	char text[192];
	uintptr_t va = 0;
	int result = map_bare(phys, size, flags, &va);

	*virt_ptr = (uint8_t *)va;
	if (result >= 0)
		return;
	(void)snprintk(text, sizeof(text), "k_mem_map_phys_bare: %zu bytes of 0x%lx%s: %s", size,
		       (unsigned long)phys, flags & K_MEM_DIRECT_MAP ? " one to one" : "",
		       quire_error_text(result));
	zephyr_machine.fatal(ZEPHYR_PANIC, text);
}

/* -- unmapping -- */

static int unmap_whole(const struct zephyr_physical *p)
{
	struct quire_vm_info info;
	int result = quire_vm_info(zephyr_machine.vm, p->phys, &info);

	if (result < 0)
		return result;
	if (info.tag != ZEPHYR_TAG_BARE)
		return QUIRE_ECLAIMED;
	zephyr_domain_pause(p->phys, p->size);
	result = quire_vm_unmap(zephyr_machine.vm, p->phys, p->size);
	zephyr_domain_resume();
	return result;
}

static int unmap_bare(uintptr_t virt, size_t size)
{
	struct zephyr_physical p = {0};
	int result;

	if (zephyr_machine.space == NULL)
		return QUIRE_EUNMAPPED;
	if (size == 0)
		return QUIRE_EZERO;
	if (virt + (size - 1) < virt || size > quire_zephyr_map.vm_size)
		return QUIRE_EWRAP;
	(void)region_align(&p, virt, size);
	zephyr_lock();
	result = unmap_whole(&p);
	zephyr_unlock();
	return result;
}

int quire_zephyr_unmap_phys_bare(uint8_t *virt, size_t size)
{
	return unmap_bare((uintptr_t)virt, size) < 0 ? -EINVAL : 0;
}

void k_mem_unmap_phys_bare(uint8_t *virt, size_t size)
{
	struct zephyr_unmap u = {.addr = (uintptr_t)virt, .size = size};
	int result = unmap_bare(u.addr, size);

	if (result >= 0)
		return;
	(void)k_mem_region_align(&u.first, &u.pages, u.addr, size, quire_zephyr_map.page);
	zephyr_tell_unmap("k_mem_unmap_phys_bare", &u, result);
}

/* -- alignment -- */

/* The MMU of the kernel's virtual addresses. */
static const struct quire_mmu *kernel_mmu(void)
{
	const struct quire_space *s = zephyr_machine.space;
	struct quire_extent_info info = {.window = 0};

	(void)quire_space_query(zephyr_machine.space, quire_zephyr_map.vm_base, &info);
	return s->walker[s->window[info.window].walker].mmu;
}

/* The largest page that fits into [phys, phys + size) at a multiple of itself; the page if none does. */
size_t arch_virt_region_align(uintptr_t phys, size_t size)
{
	const struct quire_mmu *mmu = kernel_mmu();
	size_t align = quire_zephyr_map.page;

	for (unsigned l = mmu->levels; l-- > 0;) {
		uintptr_t large = (uintptr_t)1 << mmu->level[l].shift;
		uintptr_t first = (phys + large - 1) & ~(large - 1);

		if (!mmu->level[l].leaf)
			break;
		if (first >= phys && first - phys <= size && size - (first - phys) >= large)
			align = large;
	}
	return align;
}
