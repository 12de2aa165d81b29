/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Behind the interfaces: where memory is, and what Zephyr's calls cannot say.
 *
 * An application need not know of this file; zephyr/kernel/mm.h and mmu.h read their numbers from
 * it where a configuration leaves them open, as it does on Linux, where they are chosen when the
 * program starts.
 *
 *     virtual    vm_base .. image_start  image_start .. image_end  free .. reserved  .. vm_base + vm_size
 *                (the machine's)         the program, mapped at boot                  scratch page
 *
 *     physical   ram_base .................................................... ram_base + ram_size
 *                        the program's frames at ram_base + ram_offset
 */
#ifndef QUIRE_ZEPHYR_H
#define QUIRE_ZEPHYR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where memory is: filled in by the machine before main(), and constant from then on. */
struct quire_zephyr_map {
	size_t page; /* bytes: CONFIG_MMU_PAGE_SIZE of whoever is compiled for this machine */
	uintptr_t vm_base;
	size_t vm_size;
	size_t vm_offset; /* CONFIG_KERNEL_VM_OFFSET */
	uintptr_t ram_base;
	size_t ram_size;
	size_t ram_offset;     /* CONFIG_SRAM_OFFSET */
	uintptr_t image_start; /* z_mapped_start: virtual, whole pages */
	uintptr_t image_end;   /* z_mapped_end */
	uintptr_t *frame;      /* a word a frame of RAM: struct k_mem_page_frame */
};
extern struct quire_zephyr_map quire_zephyr_map; /* defined by the machine, beside zephyr_machine */

/* K_MEM_PHYS_ADDR() and K_MEM_VIRT_ADDR(): also where the program does not run at the window's
   addresses. */
uintptr_t quire_zephyr_phys_of(uintptr_t va);
uintptr_t quire_zephyr_virt_of(uintptr_t phys);

/*
 * k_mem_map_phys_bare() for who can take an error, and does not want to panic.  0, or
 * -EINVAL      size is 0, or the range wraps around
 * -EFAULT      the physical addresses are no memory of this machine
 * -EEXIST      K_MEM_DIRECT_MAP: some of the addresses are in use
 * -EADDRNOTAVAIL K_MEM_DIRECT_MAP: the addresses cannot be mapped one to one on this machine
 * -ENOMEM      no addresses, no descriptor or no table is left
 * Nothing has changed then, and nothing is logged.
 */
int quire_zephyr_map_phys_bare(uint8_t **virt, uintptr_t phys, size_t size, uint32_t flags);

/* k_mem_unmap_phys_guard() and k_mem_unmap_phys_bare() that say whether they did anything: 0 or
   -EINVAL, with nothing changed and nothing logged. */
int quire_zephyr_unmap_phys_guard(void *addr, size_t size, int is_anon);
int quire_zephyr_unmap_phys_bare(uint8_t *virt, size_t size);

#ifdef __cplusplus
}
#endif

#endif
