/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own view of memory: where it is, and the page frame database.
 *
 * There is a word a frame of RAM, with flags in its low bits and the address at which it is mapped in
 * the high ones.  It is quire's pool of frames (quire/frames.h), seen under Zephyr's names: reading it is
 * always right, writing to it is for who knows that nobody else does.
 */
#ifndef QUIRE_ZEPHYR_MMU_H
#define QUIRE_ZEPHYR_MMU_H

#include "quire_zephyr.h"
#include "zephyr/kernel/mm.h"
#include "zephyr/sys/__assert.h"
#include "zephyr/sys/util.h"

/* RAM. */
#define K_MEM_PHYS_RAM_START ((uintptr_t)CONFIG_SRAM_BASE_ADDRESS)
#define K_MEM_PHYS_RAM_SIZE  (KB((size_t)CONFIG_SRAM_SIZE))
#define K_MEM_PHYS_RAM_END   (K_MEM_PHYS_RAM_START + K_MEM_PHYS_RAM_SIZE)

/* The kernel's virtual addresses. */
#define K_MEM_VIRT_RAM_START ((uint8_t *)CONFIG_KERNEL_VM_BASE)
#define K_MEM_VIRT_RAM_SIZE  ((size_t)CONFIG_KERNEL_VM_SIZE)
#define K_MEM_VIRT_RAM_END   (K_MEM_VIRT_RAM_START + K_MEM_VIRT_RAM_SIZE)

/* The program among them. */
#define K_MEM_KERNEL_VIRT_START ((uint8_t *)quire_zephyr_map.image_start)
#define K_MEM_KERNEL_VIRT_END   ((uint8_t *)quire_zephyr_map.image_end)
#define K_MEM_KERNEL_VIRT_SIZE  ((size_t)(K_MEM_KERNEL_VIRT_END - K_MEM_KERNEL_VIRT_START))

#define K_MEM_VM_OFFSET                                                                            \
	((K_MEM_VIRT_RAM_START + CONFIG_KERNEL_VM_OFFSET) -                                        \
	 (K_MEM_PHYS_RAM_START + CONFIG_SRAM_OFFSET))
#define K_MEM_BOOT_VIRT_TO_PHYS(virt) ((uintptr_t)((uint8_t *)(virt) - (uintptr_t)K_MEM_VM_OFFSET))
#define K_MEM_BOOT_PHYS_TO_VIRT(phys) ((uint8_t *)((uintptr_t)(phys) + (uintptr_t)K_MEM_VM_OFFSET))

/* Where addresses begin that are given away, from the other end. */
#ifdef CONFIG_ARCH_MAPS_ALL_RAM
#define K_MEM_VM_FREE_START K_MEM_BOOT_PHYS_TO_VIRT(K_MEM_PHYS_RAM_END)
#else
#define K_MEM_VM_FREE_START K_MEM_KERNEL_VIRT_END
#endif

/* With demand paging the last page is where frames are seen that are on their way. */
#ifdef CONFIG_DEMAND_PAGING
#define K_MEM_VM_RESERVED CONFIG_MMU_PAGE_SIZE
#else
#define K_MEM_VM_RESERVED 0
#endif
#define K_MEM_SCRATCH_PAGE ((void *)(K_MEM_VIRT_RAM_END - CONFIG_MMU_PAGE_SIZE))

/* Flags of a frame. */
#define K_MEM_PAGE_FRAME_FREE     BIT(0)
#define K_MEM_PAGE_FRAME_RESERVED BIT(1)
#define K_MEM_PAGE_FRAME_PINNED   BIT(2)
#define K_MEM_PAGE_FRAME_MAPPED   BIT(3)
#define K_MEM_PAGE_FRAME_BUSY     BIT(4)
#define K_MEM_PAGE_FRAME_BACKED   BIT(5)

#define K_MEM_NUM_PAGE_FRAMES (K_MEM_PHYS_RAM_SIZE / (size_t)CONFIG_MMU_PAGE_SIZE)

#ifndef _ASMLANGUAGE

#ifdef __cplusplus
extern "C" {
#endif

/* A frame of RAM. */
struct k_mem_page_frame {
	union {
		uintptr_t va_and_flags;
		uintptr_t node; /* free: nothing but K_MEM_PAGE_FRAME_FREE is meant */
	};
};

#define k_mem_page_frames ((struct k_mem_page_frame *)(void *)quire_zephyr_map.frame)

#define K_MEM_PAGE_FRAME_FOREACH(phys, pf)                                                         \
	for ((phys) = K_MEM_PHYS_RAM_START, (pf) = k_mem_page_frames; (phys) < K_MEM_PHYS_RAM_END; \
	     (phys) += CONFIG_MMU_PAGE_SIZE, (pf)++)

static inline bool k_mem_page_frame_is_free(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_FREE) != 0U;
}

static inline bool k_mem_page_frame_is_pinned(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_PINNED) != 0U;
}

static inline bool k_mem_page_frame_is_reserved(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_RESERVED) != 0U;
}

static inline bool k_mem_page_frame_is_mapped(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_MAPPED) != 0U;
}

static inline bool k_mem_page_frame_is_busy(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_BUSY) != 0U;
}

static inline bool k_mem_page_frame_is_backed(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & K_MEM_PAGE_FRAME_BACKED) != 0U;
}

/* Mapped, and nothing that keeps it where it is. */
static inline bool k_mem_page_frame_is_evictable(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags &
		(K_MEM_PAGE_FRAME_FREE | K_MEM_PAGE_FRAME_RESERVED | K_MEM_PAGE_FRAME_PINNED |
		 K_MEM_PAGE_FRAME_MAPPED | K_MEM_PAGE_FRAME_BUSY)) == K_MEM_PAGE_FRAME_MAPPED;
}

/* Neither free nor anything else. */
static inline bool k_mem_page_frame_is_available(struct k_mem_page_frame *pf)
{
	return (pf->va_and_flags & (uintptr_t)(CONFIG_MMU_PAGE_SIZE - 1)) == 0U;
}

static inline void k_mem_page_frame_set(struct k_mem_page_frame *pf, uint8_t flags)
{
	pf->va_and_flags |= flags;
}

static inline void k_mem_page_frame_clear(struct k_mem_page_frame *pf, uint8_t flags)
{
	pf->va_and_flags &= ~(uintptr_t)flags;
}

static inline void k_mem_assert_phys_aligned(uintptr_t phys)
{
	__ASSERT(phys % CONFIG_MMU_PAGE_SIZE == 0U, "physical address 0x%lx is not page-aligned",
		 (unsigned long)phys);
	(void)phys;
}

static inline uintptr_t k_mem_page_frame_to_phys(struct k_mem_page_frame *pf)
{
	return K_MEM_PHYS_RAM_START + (uintptr_t)(pf - k_mem_page_frames) * CONFIG_MMU_PAGE_SIZE;
}

/* Where it is mapped; 0 if it is not. */
static inline void *k_mem_page_frame_to_virt(struct k_mem_page_frame *pf)
{
	return (void *)(pf->va_and_flags & ~(uintptr_t)(CONFIG_MMU_PAGE_SIZE - 1));
}

static inline bool k_mem_is_page_frame(uintptr_t phys)
{
	k_mem_assert_phys_aligned(phys);
	return phys >= K_MEM_PHYS_RAM_START && phys < K_MEM_PHYS_RAM_END;
}

static inline struct k_mem_page_frame *k_mem_phys_to_page_frame(uintptr_t phys)
{
	__ASSERT(k_mem_is_page_frame(phys), "0x%lx is not RAM", (unsigned long)phys);
	return &k_mem_page_frames[(phys - K_MEM_PHYS_RAM_START) / CONFIG_MMU_PAGE_SIZE];
}

static inline void k_mem_assert_virtual_region(uint8_t *addr, size_t size)
{
	__ASSERT((uintptr_t)addr % CONFIG_MMU_PAGE_SIZE == 0U, "unaligned addr %p", (void *)addr);
	__ASSERT(size % CONFIG_MMU_PAGE_SIZE == 0U, "unaligned size %zu", size);
	__ASSERT((uintptr_t)addr + size > (uintptr_t)addr,
		 "region %p size %zu zero or wraps around", (void *)addr, size);
	__ASSERT(addr >= K_MEM_VIRT_RAM_START && addr + size <= K_MEM_VIRT_RAM_END,
		 "region %p size %zu outside of the kernel's addresses", (void *)addr, size);
	(void)addr;
	(void)size;
}

/* All frames as letters: - free, R reserved, P pinned, B busy, M mapped, . available. */
void k_mem_page_frames_dump(void);

/* The start of memory management; the kernel calls it before main(), a second time changes nothing.  The
   other one is called last before main(). */
void z_mem_manage_init(void);
void z_mem_manage_boot_finish(void);

#ifdef CONFIG_DEMAND_PAGING
unsigned long k_mem_num_pagefaults_get(void);
int k_mem_page_frame_evict(uintptr_t phys);
bool k_mem_page_fault(void *addr);
#endif

#ifdef __cplusplus
}
#endif

#endif /* _ASMLANGUAGE */

/* As they were called until 2024. */
#define z_page_frame                k_mem_page_frame
#define z_page_frames               k_mem_page_frames
#define Z_PHYS_RAM_START            K_MEM_PHYS_RAM_START
#define Z_PHYS_RAM_SIZE             K_MEM_PHYS_RAM_SIZE
#define Z_PHYS_RAM_END              K_MEM_PHYS_RAM_END
#define Z_VIRT_RAM_START            K_MEM_VIRT_RAM_START
#define Z_VIRT_RAM_SIZE             K_MEM_VIRT_RAM_SIZE
#define Z_VIRT_RAM_END              K_MEM_VIRT_RAM_END
#define Z_KERNEL_VIRT_START         K_MEM_KERNEL_VIRT_START
#define Z_KERNEL_VIRT_END           K_MEM_KERNEL_VIRT_END
#define Z_KERNEL_VIRT_SIZE          K_MEM_KERNEL_VIRT_SIZE
#define Z_VM_OFFSET                 K_MEM_VM_OFFSET
#define Z_BOOT_VIRT_TO_PHYS         K_MEM_BOOT_VIRT_TO_PHYS
#define Z_BOOT_PHYS_TO_VIRT         K_MEM_BOOT_PHYS_TO_VIRT
#define Z_FREE_VM_START             K_MEM_VM_FREE_START
#define Z_VM_RESERVED               K_MEM_VM_RESERVED
#define Z_SCRATCH_PAGE              K_MEM_SCRATCH_PAGE
#define Z_NUM_PAGE_FRAMES           K_MEM_NUM_PAGE_FRAMES
#define Z_PAGE_FRAME_FREE           K_MEM_PAGE_FRAME_FREE
#define Z_PAGE_FRAME_RESERVED       K_MEM_PAGE_FRAME_RESERVED
#define Z_PAGE_FRAME_PINNED         K_MEM_PAGE_FRAME_PINNED
#define Z_PAGE_FRAME_MAPPED         K_MEM_PAGE_FRAME_MAPPED
#define Z_PAGE_FRAME_BUSY           K_MEM_PAGE_FRAME_BUSY
#define Z_PAGE_FRAME_BACKED         K_MEM_PAGE_FRAME_BACKED
#define Z_PAGE_FRAME_FOREACH        K_MEM_PAGE_FRAME_FOREACH
#define z_page_frame_is_free        k_mem_page_frame_is_free
#define z_page_frame_is_pinned      k_mem_page_frame_is_pinned
#define z_page_frame_is_reserved    k_mem_page_frame_is_reserved
#define z_page_frame_is_mapped      k_mem_page_frame_is_mapped
#define z_page_frame_is_busy        k_mem_page_frame_is_busy
#define z_page_frame_is_backed      k_mem_page_frame_is_backed
#define z_page_frame_is_evictable   k_mem_page_frame_is_evictable
#define z_page_frame_is_available   k_mem_page_frame_is_available
#define z_page_frame_set            k_mem_page_frame_set
#define z_page_frame_clear          k_mem_page_frame_clear
#define z_page_frame_to_phys        k_mem_page_frame_to_phys
#define z_page_frame_to_virt        k_mem_page_frame_to_virt
#define z_is_page_frame             k_mem_is_page_frame
#define z_phys_to_page_frame        k_mem_phys_to_page_frame
#define z_assert_phys_aligned       k_mem_assert_phys_aligned
#define z_mem_assert_virtual_region k_mem_assert_virtual_region
#define z_page_frames_dump          k_mem_page_frames_dump
#define z_num_pagefaults_get        k_mem_num_pagefaults_get
#define z_page_frame_evict          k_mem_page_frame_evict
#define z_page_fault                k_mem_page_fault

#endif
