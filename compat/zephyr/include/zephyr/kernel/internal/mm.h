/* SPDX-License-Identifier: Apache-2.0 */
/* Memory management, as the kernel, drivers and tests see it. */
#ifndef ZEPHYR_KERNEL_INTERNAL_MM_H
#define ZEPHYR_KERNEL_INTERNAL_MM_H

#include "quire_zephyr.h"
#include "zephyr/sys/__assert.h"
#include "zephyr/sys/util.h"
#include "zephyr/toolchain.h"
#include "zephyr/types.h"

/*
 * How far the boot mapping's virtual addresses are from the physical ones.  The macros below them are
 * right for what is mapped at boot and for nothing else; in a program that does not run at the window's
 * addresses (a Linux process) they know the program's own addresses too.
 */
#define K_MEM_VIRT_OFFSET                                                                          \
	((CONFIG_KERNEL_VM_BASE + CONFIG_KERNEL_VM_OFFSET) -                                       \
	 (CONFIG_SRAM_BASE_ADDRESS + CONFIG_SRAM_OFFSET))
#ifdef QUIRE_ZEPHYR_MAP_CONFIGURED
#define K_MEM_PHYS_ADDR(virt) ((virt)-K_MEM_VIRT_OFFSET)
#define K_MEM_VIRT_ADDR(phys) ((phys) + K_MEM_VIRT_OFFSET)
#if K_MEM_VIRT_OFFSET != 0
#define K_MEM_IS_VM_KERNEL 1
#endif
#else
#define K_MEM_PHYS_ADDR(virt) quire_zephyr_phys_of((uintptr_t)(virt))
#define K_MEM_VIRT_ADDR(phys) quire_zephyr_virt_of((uintptr_t)(phys))
#define K_MEM_IS_VM_KERNEL    1 /* as far as the compiler knows */
#endif

#ifdef K_MEM_IS_VM_KERNEL
#ifdef CONFIG_XIP
#error "code that runs in place (CONFIG_XIP) cannot be at other addresses than its memory"
#endif
#ifdef CONFIG_FLASH_SIMULATOR_PROVISION
#error "CONFIG_FLASH_SIMULATOR_PROVISION needs virtual addresses that are the physical ones"
#endif
#endif

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

/* Whether addresses are what the two functions below take: the window (and the program's own
   addresses), RAM; the program says so itself with CONFIG_KERNEL_VM_USE_CUSTOM_MEM_RANGE_CHECK. */
bool sys_mm_is_virt_addr_in_range(void *virt);
bool sys_mm_is_phys_addr_in_range(uintptr_t phys);

static inline uintptr_t k_mem_phys_addr(void *virt)
{
	__ASSERT(sys_mm_is_virt_addr_in_range(virt), "address %p not in permanent mappings", virt);
	return K_MEM_PHYS_ADDR((uintptr_t)virt);
}

static inline void *k_mem_virt_addr(uintptr_t phys)
{
	__ASSERT(sys_mm_is_phys_addr_in_range(phys), "physical address 0x%lx not in RAM",
		 (unsigned long)phys);
	return (void *)K_MEM_VIRT_ADDR(phys);
}

/*
 * Let `size` bytes of physical memory be seen, devices' registers say; phys and size are any.  No
 * guards, never zeroed.  May be called as early as main() or a constructor.  There is no error to return: if
 * the addresses are used up, or K_MEM_DIRECT_MAP finds them in use, that is printed and k_panic()
 * called; quire_zephyr_map_phys_bare() is for who can do better.
 */
void k_mem_map_phys_bare(uint8_t **virt_ptr, uintptr_t phys, size_t size, uint32_t flags);

/* Give back a mapping of k_mem_map_phys_bare(), the whole of it.  Anything else is printed, and nothing
   changes. */
void k_mem_unmap_phys_bare(uint8_t *virt, size_t size);

/* What k_mem_map() and k_mem_unmap() are made of.  With is_anon false the `size` bytes from phys on,
   a multiple of the page, are mapped between guards, and are not written to (Zephyr zeroes them unless
   K_MEM_MAP_UNINIT is given). */
void *k_mem_map_phys_guard(uintptr_t phys, size_t size, uint32_t flags, bool is_anon);
void k_mem_unmap_phys_guard(void *addr, size_t size, bool is_anon);

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

/* As they were called until 2024. */
#define z_phys_map      k_mem_map_phys_bare
#define z_phys_unmap    k_mem_unmap_phys_bare
#define z_mem_phys_addr k_mem_phys_addr
#define z_mem_virt_addr k_mem_virt_addr
#define Z_MEM_PHYS_ADDR K_MEM_PHYS_ADDR
#define Z_MEM_VIRT_ADDR K_MEM_VIRT_ADDR
#define Z_MEM_VM_OFFSET K_MEM_VIRT_OFFSET
#define Z_VM_KERNEL     K_MEM_IS_VM_KERNEL

#endif
