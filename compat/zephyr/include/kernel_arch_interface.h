/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Zephyr's kernel asks of an architecture's MMU, for programs that ask it themselves.
 *
 * In Zephyr these write page tables and know of nobody; here the book of addresses is kept by them too.
 * Addresses that somebody else's mapping has are refused where Zephyr overwrites them.
 */
#ifndef QUIRE_ZEPHYR_KERNEL_ARCH_INTERFACE_H
#define QUIRE_ZEPHYR_KERNEL_ARCH_INTERFACE_H

#include "zephyr/app_memory/mem_domain.h"
#include "zephyr/kernel/mm.h"
#include "zephyr/types.h"

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Map `size` bytes from phys on at virt, all multiples of the page.  Pages of one mapping of
 * arch_mem_map() are replaced; where the same pages are shown already, whoever has mapped them, only the
 * flags change.  0, or with nothing changed
 * -EINVAL  no multiple of the page, size 0, a range that wraps around, or the memory may not be used so
 * -EFAULT  the virtual addresses are none of the kernel's, the physical ones no memory
 * -EBUSY   somebody else's mapping is there, or more than one
 * -ENOMEM  no descriptor or no table is left
 */
int arch_mem_map(void *virt, uintptr_t phys, size_t size, uint32_t flags);

/* Unmap what arch_mem_map() has mapped: any pages of its mappings, all of [addr, addr + size).  0, also if
   nothing is there at all; -EINVAL as above, -EFAULT if something is and some of it is empty, -EBUSY if
   somebody else has mapped some of it.  Nothing has changed then. */
int arch_mem_unmap(void *addr, size_t size);

/* The physical address that virt shows (phys may be NULL).  0, or -EFAULT. */
int arch_page_phys_get(void *virt, uintptr_t *phys);

/* What the address of a mapping of these bytes should be a multiple of, for the largest pages to fit;
   the page at least. */
size_t arch_virt_region_align(uintptr_t phys, size_t size);

/* Reserve the frames that hardware or firmware owns, as the machine knows them.  Done by
   z_mem_manage_init(). */
void arch_reserved_pages_update(void);

/* Zephyr's way to have memory looked at before a system call touches it: 0 if user mode may read (or
   write) all of it, -EPERM. */
int arch_buffer_validate(const void *addr, size_t size, int write);

/* Partitions that a domain can have. */
int arch_mem_domain_max_partitions_get(void);

/* Demand paging's part, when there is one. */
#define ARCH_DATA_PAGE_ACCESSED   BIT(0)
#define ARCH_DATA_PAGE_DIRTY      BIT(1)
#define ARCH_DATA_PAGE_LOADED     BIT(2)
#define ARCH_DATA_PAGE_NOT_MAPPED BIT(3)

/* Where a page is that is nowhere yet. */
#define ARCH_UNPAGED_ANON_ZERO   ((uintptr_t)0 - 2 * CONFIG_MMU_PAGE_SIZE)
#define ARCH_UNPAGED_ANON_UNINIT ((uintptr_t)0 - CONFIG_MMU_PAGE_SIZE)

enum arch_page_location {
	ARCH_PAGE_LOCATION_PAGED_OUT,
	ARCH_PAGE_LOCATION_PAGED_IN,
	ARCH_PAGE_LOCATION_BAD
};

#ifdef CONFIG_DEMAND_PAGING
void arch_mem_page_out(void *addr, uintptr_t location);
void arch_mem_page_in(void *addr, uintptr_t phys);
void arch_mem_scratch(uintptr_t phys);
enum arch_page_location arch_page_location_get(void *addr, uintptr_t *location);
uintptr_t arch_page_info_get(void *addr, uintptr_t *location, bool clear_accessed);
#endif

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

#endif
