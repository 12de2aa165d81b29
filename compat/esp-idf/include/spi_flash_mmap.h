/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flash as memory: map some of it, look at it through a pointer, give the handle back.
 *
 *   flash   | .. | 3 | 4 | 5 | .. | 60 | .. |
 *                  \___\___\          |
 *   window      ..| 3 | 4 | 5 |..|    60 | 60 | 3 |..
 *                   ^ a mapping       ^ pages in any order, one after the other
 *
 * A handle is a hold on what is mapped: pages that somebody has mapped already are not mapped
 * again, and nobody else's release takes them from a handle.  Handles are numbers, are never 0, and
 * a number that has been given back means nothing.
 *
 * All calls are safe from any task, none from an interrupt.
 */
#ifndef SPI_FLASH_MMAP_H
#define SPI_FLASH_MMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "esp_assert.h"
#include "esp_attr.h"
#include "esp_err.h"
#include "esp_flash_err.h"
#include "esp_spi_flash_counters.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

#define SPI_FLASH_SEC_SIZE 4096 /* bytes that are erased together */

/* Bytes of a page of the MMU. */
#define SPI_FLASH_MMU_PAGE_SIZE CONFIG_MMU_PAGE_SIZE

/* How flash is to be seen, and what may happen meanwhile. */
typedef enum {
	SPI_FLASH_MMAP_FLAG_DATA = 0,         /* bytes can be read */
	SPI_FLASH_MMAP_FLAG_INST = 1,         /* instructions can be fetched */
	SPI_FLASH_MMAP_FLAG_BLOCKS_WRITE = 2, /* erase and write wait until it is given back */
} spi_flash_mmap_flag_t;

#define SPI_FLASH_MMAP_DATA SPI_FLASH_MMAP_FLAG_DATA
#define SPI_FLASH_MMAP_INST SPI_FLASH_MMAP_FLAG_INST

typedef spi_flash_mmap_flag_t spi_flash_mmap_memory_t;

typedef uint32_t spi_flash_mmap_handle_t;

/*
 * Map `size` bytes of flash from `src_addr` on, a multiple of SPI_FLASH_MMU_PAGE_SIZE; the size is
 * rounded up to pages.  `*out_ptr` gets the address of the first byte, `*out_handle` what
 * spi_flash_munmap() takes.  With BLOCKS_WRITE, erase and write wait until then (reads never do);
 * without, they do not, and what they have done can be seen through the mapping.
 *
 * ESP_ERR_INVALID_ARG  a pointer is NULL; a flag does not exist; some of the range is not in the
 *                      first 16 MiB, where the machine does not map more; size is 0; src_addr is no
 *                      multiple of a page; the flash ends before
 * ESP_ERR_NO_MEM       no memory for a handle, or no descriptor for the mapping
 * ESP_ERR_NOT_FOUND    no room in the addresses that can show this
 * ESP_FAIL             there is no machine, or the host refused
 * Waits while flash is written or erased.  Cost: that of a map, or less if the pages were mapped a
 * moment ago.
 */
esp_err_t spi_flash_mmap(size_t src_addr, size_t size, spi_flash_mmap_flag_t flags,
			 const void **out_ptr, spi_flash_mmap_handle_t *out_handle);

/*
 * Map `page_count` pages of flash, `pages` being their numbers, in that order and one after the
 * other.  Any order will do, and a page may come more than once.
 *
 * As spi_flash_mmap, and ESP_ERR_INVALID_ARG also if `pages` is NULL, page_count is 0 or a number
 * is negative.  Cost: a map for each run of ascending numbers; if there are several, a search for
 * room as well.
 */
esp_err_t spi_flash_mmap_pages(const int *pages, size_t page_count, spi_flash_mmap_flag_t flags,
			       const void **out_ptr, spi_flash_mmap_handle_t *out_handle);

/*
 * Give a handle back; from any task.  The pointer is not to be used afterwards, unless others hold
 * the same pages.  A handle that means nothing is reported, and nothing else happens.
 */
void spi_flash_munmap(spi_flash_mmap_handle_t handle);

/* Print what is mapped, to stdout. */
void spi_flash_mmap_dump(void);

/* Pages that spi_flash_mmap() could map in one piece for DATA or INST now: the longest run of
   addresses, not all that are free. */
uint32_t spi_flash_mmap_get_free_pages(spi_flash_mmap_memory_t memory);

#define SPI_FLASH_CACHE2PHYS_FAIL UINT32_MAX

/* The offset in flash of the byte at `cached`; SPI_FLASH_CACHE2PHYS_FAIL if no flash is mapped
   there (PSRAM is not flash).  Cost: one search. */
size_t spi_flash_cache2phys(const void *cached);

/* Where the byte at an offset of flash can be seen as DATA or as INST; NULL if it is not mapped
   there.  As with any address that is not one's own, it is good for as long as somebody holds it. */
const void *spi_flash_phys2cache(size_t phys_offs, spi_flash_mmap_memory_t memory);

#ifdef __cplusplus
}
FLAG_ATTR(spi_flash_mmap_flag_t)
#endif

#endif
