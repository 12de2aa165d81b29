/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system's memory management driver: pages mapped at chosen addresses.
 *
 * In Zephyr it is for MMUs that are not the CPU's; here it maps in the kernel's virtual memory, beside
 * k_mem_map(), and keeps off whatever that has mapped.  Addresses and sizes are multiples of the page.
 *
 * All return 0, or with nothing changed
 * -EINVAL  an address or a size is no multiple of the page, a size or a count is 0, a range wraps
 *          around, the physical pages are no memory, or the flags say nothing that can be
 * -EFAULT  what is to be mapped is mapped already or none of the kernel's addresses, or what is to be
 *          changed is not (all) mapped
 * -ENOMEM  no descriptor or no table is left
 */
#ifndef ZEPHYR_DRIVERS_MM_SYSTEM_MM_H
#define ZEPHYR_DRIVERS_MM_SYSTEM_MM_H

#include "zephyr/sys/util.h"
#include "zephyr/types.h"

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

/* As K_MEM_*. */
#define SYS_MM_MEM_CACHE_NONE 2
#define SYS_MM_MEM_CACHE_WT   1
#define SYS_MM_MEM_CACHE_WB   0
#define SYS_MM_MEM_CACHE_MASK (BIT(3) - 1)
#define SYS_MM_MEM_PERM_RW    BIT(3)
#define SYS_MM_MEM_PERM_EXEC  BIT(4)
#define SYS_MM_MEM_PERM_USER  BIT(5)

/* One page; pages side by side; `cnt` pages of which each may be anywhere. */
int sys_mm_drv_map_page(void *virt, uintptr_t phys, uint32_t flags);
int sys_mm_drv_map_region(void *virt, uintptr_t phys, size_t size, uint32_t flags);
int sys_mm_drv_map_array(void *virt, uintptr_t *phys, size_t cnt, uint32_t flags);

/* What the three above have mapped, in any pieces. */
int sys_mm_drv_unmap_page(void *virt);
int sys_mm_drv_unmap_region(void *virt, size_t size);

/* The physical page behind an address; phys may be NULL. */
int sys_mm_drv_page_phys_get(void *virt, uintptr_t *phys);

/* What is mapped at virt_old is mapped at virt_new instead; the two may not overlap. */
int sys_mm_drv_remap_region(void *virt_old, size_t size, void *virt_new);

/* The bytes at virt_old are copied to other physical pages, which are mapped at virt_new; virt_old is
   unmapped.  The pages' old places and their new ones may not overlap. */
int sys_mm_drv_move_region(void *virt_old, size_t size, void *virt_new, uintptr_t phys_new);
int sys_mm_drv_move_array(void *virt_old, size_t size, void *virt_new, uintptr_t *phys_new,
			  size_t phys_cnt);

/* What may be done with pages, and how they are cached. */
int sys_mm_drv_update_page_flags(void *virt, uint32_t flags);
int sys_mm_drv_update_region_flags(void *virt, size_t size, uint32_t flags);

/* Addresses that pages may be mapped at, ended by one of size 0: the kernel's, behind the program. */
struct sys_mm_drv_region {
	void *addr;
	size_t size;
	uint32_t attr;
};
const struct sys_mm_drv_region *sys_mm_drv_query_memory_regions(void);
void sys_mm_drv_query_memory_regions_free(const struct sys_mm_drv_region *regions);

#define SYS_MM_DRV_MEMORY_REGION_FOREACH(regions, reg)                                             \
	for ((reg) = (regions); (reg)->size != 0; (reg)++)

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

#endif
