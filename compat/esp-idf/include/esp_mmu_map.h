/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mapping flash and PSRAM, in ESP-IDF's words.
 *
 * A *block* is a mapping made here.  Physical addresses count from 0 in each memory; they and
 * virtual addresses are whole pages of the chip's MMU (64 KiB on most; CONFIG_MMU_PAGE_SIZE);
 * sizes are in bytes and are rounded up to pages.
 *
 *      esp_mmu_map(0x110000, 0x8000, FLASH0, READ | 8BIT, 0, &p)
 *
 *      flash   ......[ 0x110000 ).........
 *                        |
 *      window  ..[ p .. p + 0x10000 ).....     data side, or instruction side with EXEC
 *
 * All calls can be used by any number of threads at once, and not from interrupts: they wait for a
 * lock.  The first of them starts the machine if it does not run yet (quire_esp.h), and returns
 * ESP_FAIL if it cannot be.  Errors are listed in the order in which they are looked for.
 *
 * The names, numbers and results are ESP-IDF's.  Where quire does what ESP-IDF would crash at, or
 * would do wrongly, docs/esp-idf.md says so.
 */
#ifndef ESP_MMU_MAP_H
#define ESP_MMU_MAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "esp_bit_defs.h"
#include "esp_err.h"
#include "hal/mmu_types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The pages may be mapped elsewhere already; they are seen at both addresses then. */
#define ESP_MMU_MMAP_FLAG_PADDR_SHARED BIT(0)

typedef uint32_t esp_paddr_t;
typedef uint32_t esp_vaddr_t;

/*
 * Map `size` bytes from `paddr_start` of a memory on, wherever there is room; `*out_ptr` gets the
 * address: on the instruction side if `caps` has EXEC, else on the data side.  Of the windows that
 * can do what `caps` says the first with room is taken, and in it the smallest gap that fits.
 * `flags` is 0 or ESP_MMU_MMAP_FLAG_PADDR_SHARED; other bits mean nothing.
 *
 * ESP_ERR_INVALID_ARG    out_ptr is NULL
 * ESP_ERR_NOT_SUPPORTED  PSRAM on a chip without, or on ESP32, whose PSRAM only the heap and himem
 *                        show
 * ESP_ERR_INVALID_ARG    paddr_start is not a multiple of the page
 * ESP_ERR_INVALID_ARG    caps has EXEC together with 8BIT or WRITE
 * ESP_ERR_INVALID_ARG    size is 0, or rounds up to more than 32 bits hold
 * ESP_ERR_NOT_FOUND      caps or target has a bit that does not exist
 * ESP_ERR_INVALID_ARG    target is not exactly one memory
 * ESP_ERR_NOT_FOUND      no window can do that (whatever is mapped)
 * ESP_ERR_INVALID_ARG    the memory ends before (ESP_ERR_NOT_FOUND if no gap is that large either)
 * ESP_ERR_INVALID_STATE  one block shows all these pages already and can do what is asked, SHARED
 *                        or not: `*out_ptr` is where.  Nothing was mapped, and the caller is not one
 *                        of its owners: it is gone when they unmap it
 * ESP_ERR_INVALID_ARG    some of the pages are mapped in a window that can do that, and
 *                        flags does not have SHARED; also if what is mapped there cannot do what
 *                        is asked
 *                        (What the heap shows is no block and in nobody's way, and is mapped again;
 *                        what himem shows is in the way, and is told of to nobody.)
 * ESP_ERR_NOT_FOUND      no gap is large enough
 * ESP_ERR_NO_MEM         no descriptor is left for it
 * ESP_FAIL               the machine refused the change
 *
 * caps without READ, WRITE and EXEC maps pages that can be read.  Flash mapped with WRITE gets
 * addresses that could be written, of bytes that cannot.
 * Cost: constant for pages that were mapped like this lately (quire/keep.h), else that of
 * quire_space_map.
 */
esp_err_t esp_mmu_map(esp_paddr_t paddr_start, size_t size, mmu_target_t target,
		      mmu_mem_caps_t caps, int flags, void **out_ptr);

/*
 * The same at `vaddr_start`, a page's address on the side that `caps` means; 0 is anywhere.  out_ptr
 * may be NULL.  With SHARED, pages that are mapped elsewhere get a second address here.
 *
 * As esp_mmu_map up to one memory (out_ptr aside; vaddr_start that is no multiple of the page is
 * ESP_ERR_INVALID_ARG after paddr_start), then for an address
 * ESP_ERR_NOT_FOUND      it is in no window that can do that, or the range leaves it, or some of
 *                        it shows something
 * ESP_ERR_INVALID_ARG    the memory ends before
 * ESP_ERR_INVALID_STATE  one block shows all these pages already and can do what is asked, and
 *                        flags does not have SHARED: `*out_ptr` is where, as in esp_mmu_map
 * ESP_ERR_INVALID_ARG    some of the pages are mapped, without SHARED, as in esp_mmu_map
 * ESP_ERR_INVALID_ARG    the address is on the other side, or some of the range is reserved: for the
 *                        application's code, the heap, himem, or by
 *                        esp_mmu_map_reserve_block_with_caps()
 * ESP_ERR_NO_MEM, ESP_FAIL as in esp_mmu_map.  Cost: as esp_mmu_map, and a look at each thing in
 * the range.
 */
esp_err_t esp_mmu_map_virt(esp_vaddr_t vaddr_start, esp_paddr_t paddr_start, size_t size,
			   mmu_target_t target, mmu_mem_caps_t caps, int flags, void **out_ptr);

/*
 * Unmap a block; `ptr` is its first address, on either side.  What was written to PSRAM is in PSRAM
 * afterwards.  If handles of spi_flash_mmap.h show the same block, it stays until they end.
 * ESP_ERR_INVALID_ARG    ptr is NULL
 * ESP_ERR_NOT_FOUND      no block begins there
 * ESP_FAIL               the machine refused the change: it is still mapped
 * Cost: constant if the block is kept for next time, else that of quire_space_unmap.
 */
esp_err_t esp_mmu_unmap(void *ptr);

/*
 * Bytes of the largest block that could be mapped now with these capabilities, were the memory
 * large enough; 0 if none could, or `target` is not exactly one memory.
 * ESP_ERR_INVALID_ARG    out_len is NULL, or caps has EXEC together with 8BIT or WRITE
 * What is kept for next time counts as free, and stays kept.  Cost: that of
 * quire_keep_largest_free.
 */
esp_err_t esp_mmu_map_get_max_consecutive_free_block_size(mmu_mem_caps_t caps, mmu_target_t target,
							  size_t *out_len);

/*
 * Print what is mapped where, as of one moment: for each window (ESP-IDF: region) a line of what it
 * is, and one for each block.  `Free Head` is where the application's own code and constants end;
 * `Use` says who has the block: map, heap, himem, or reserved.
 * ESP_ERR_INVALID_ARG    stream is NULL
 * ESP_ERR_NO_MEM         no memory for the rows
 * ESP_FAIL               the stream would not take it
 * Takes memory from the heap.  Cost: linear in the blocks.
 */
esp_err_t esp_mmu_map_dump_mapped_blocks(FILE *stream);

/*
 * The physical byte behind an address, whoever mapped it; out_target may be NULL.
 * ESP_ERR_INVALID_ARG    vaddr or out_paddr is NULL, or vaddr is in no window
 * ESP_ERR_NOT_FOUND      nothing is mapped there
 * Cost: one search; none if it is in the extent looked at last.
 */
esp_err_t esp_mmu_vaddr_to_paddr(void *vaddr, esp_paddr_t *out_paddr, mmu_target_t *out_target);

/*
 * The first address at which a physical byte can be seen on a bus: a data address in a window that
 * can be read, or an instruction address in one that can execute.
 * ESP_ERR_INVALID_ARG    out_vaddr is NULL, or target or type is not exactly one
 * ESP_ERR_NOT_FOUND      the byte is not mapped for that bus, or the memory ends before
 * Cost: one search for each address at which the byte is mapped, and one a window.
 */
esp_err_t esp_mmu_paddr_to_vaddr(esp_paddr_t paddr, mmu_target_t target, mmu_vaddr_t type,
				 void **out_vaddr);

/*
 * The capabilities with which blocks that show a physical byte were mapped, all of them together: of
 * flash, or of PSRAM if no block shows that byte of flash.  The heap and himem do not count.
 * ESP_ERR_INVALID_ARG    out_caps is NULL
 * ESP_ERR_NOT_FOUND      no block shows it
 * Cost: as esp_mmu_paddr_to_vaddr.
 */
esp_err_t esp_mmu_paddr_find_caps(const esp_paddr_t paddr, mmu_mem_caps_t *out_caps);

/*
 * The same for one memory.  (quire's; ESP-IDF does not have it.)
 * ESP_ERR_INVALID_ARG    out_caps is NULL, or target is not exactly one memory
 * ESP_ERR_NOT_FOUND      no block shows it
 */
esp_err_t esp_mmu_paddr_find_caps_of(esp_paddr_t paddr, mmu_target_t target,
				     mmu_mem_caps_t *out_caps);

#ifdef __cplusplus
}
#endif

#endif
