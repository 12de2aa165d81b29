/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory management, as applications see it.
 *
 * k_mem_map() takes pages of RAM that nobody uses and puts them, zeroed, at addresses that nobody uses,
 * with a page on either side that faults; k_mem_unmap() gives all of it back.  What is behind it is
 * quire_vm (quire/vm.h); where the results differ from Zephyr's own, it is said here.
 */
#ifndef ZEPHYR_KERNEL_MM_H
#define ZEPHYR_KERNEL_MM_H

#include "zephyr/arch/arm64/arm_mem.h"
#include "zephyr/sys/util.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

/* How it is cached: one of these, in the lowest three bits.  Where the machine's tables cannot say so,
   memory is cached as it is of itself.  (k_mem_map() of Zephyr's asserts that none but the first is asked for;
   here RAM is cached as is asked, but is never device memory.) */
#define K_MEM_CACHE_NONE 2
#define K_MEM_CACHE_WT   1
#define K_MEM_CACHE_WB   0
#define K_MEM_CACHE_MASK (BIT(3) - 1)

/* What may be done with it; with none of these the kernel may read it. */
#define K_MEM_PERM_RW   BIT(3)
#define K_MEM_PERM_EXEC BIT(4)
#define K_MEM_PERM_USER BIT(5)

/* k_mem_map_phys_bare(): at the virtual address that is the physical one. */
#define K_MEM_DIRECT_MAP BIT(6)

/* k_mem_map(): not zeroed (not with K_MEM_PERM_USER); its frames stay where they are; internal. */
#define K_MEM_MAP_UNINIT  BIT(16)
#define K_MEM_MAP_LOCK    BIT(17)
#define K_MEM_MAP_UNPAGED BIT(18)

#ifndef _ASMLANGUAGE

#include "zephyr/kernel/internal/mm.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bytes of RAM that k_mem_map() can still hand out, less CONFIG_DEMAND_PAGING_PAGE_FRAMES_RESERVE pages.
 * All of them can be had, to the last page, while there are addresses.  Stale as soon as others map.
 */
size_t k_mem_free_get(void);

/*
 * `size` bytes of RAM, a multiple of the page: zeroed before anybody can see them (not with
 * K_MEM_MAP_UNINIT), read-only ones too.  NULL, and a sentence is printed, if the size is 0, is no
 * multiple of the page, or overflows with its two guards, if K_MEM_PERM_USER and K_MEM_MAP_UNINIT are
 * asked for together, or if there is no memory or no room; nothing has changed then.
 */
static inline void *k_mem_map(size_t size, uint32_t flags)
{
	return k_mem_map_phys_guard((uintptr_t)NULL, size, flags, true);
}

#ifdef CONFIG_DEMAND_MAPPING
/* Addresses whose pages come from a backing store when they are touched, `location` for the first. */
static inline void *k_mem_map_unpaged(uintptr_t location, size_t size, uint32_t flags)
{
	return k_mem_map_phys_guard(location, size, flags | K_MEM_MAP_UNPAGED, false);
}
#endif

/*
 * Give back what k_mem_map() returned, with the size it was asked for.  Anything else (another address or
 * size, part of a mapping, a mapping made otherwise, the same twice) is an error: it is printed, and nothing
 * changes.  (Zephyr asserts, does nothing, or unmaps some of it.)
 */
static inline void k_mem_unmap(void *addr, size_t size)
{
	k_mem_unmap_phys_guard(addr, size, true);
}

/*
 * Change how pages are cached and what may be done with them, of any memory that is mapped; each page
 * keeps showing what it shows (in Zephyr, scattered frames are replaced by what follows the first).
 * 0, or with nothing changed
 * -EINVAL  addr or size is no multiple of the page, size is 0, the range wraps around, or what it shows
 *          may not be used so
 * -EFAULT  some of it is not mapped
 * -ENOMEM  no descriptor or no table is left
 */
int k_mem_update_flags(void *addr, size_t size, uint32_t flags);

/*
 * Round a range outwards to multiples of `align`; returns how far into it addr lies.  Nothing is
 * checked: align is not 0, and the range ends before the last multiple that can be counted.
 */
size_t k_mem_region_align(uintptr_t *aligned_addr, size_t *aligned_size, uintptr_t addr,
			  size_t size, size_t align);

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

#ifdef CONFIG_DEMAND_PAGING
#include "zephyr/kernel/mm/demand_paging.h"
#endif

#endif
