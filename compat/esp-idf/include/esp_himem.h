/* SPDX-License-Identifier: Apache-2.0 */
/*
 * himem: PSRAM that the addresses do not suffice for.
 *
 * An application takes memory (esp_himem_alloc), takes addresses (esp_himem_alloc_map_range), and
 * lets one show a part of the other for as long as it needs it.  Both come in blocks of
 * ESP_HIMEM_BLKSZ bytes.  A block of memory is shown at one place at most, and what was written is
 * in memory before it leaves that place.
 *
 * ESP-IDF has this on the ESP32 alone; here it works the same on every chip with PSRAM, at its own
 * page size.  How much of the PSRAM is himem's, and how many blocks of addresses, is the board's to
 * say (on Linux QUIRE_PSRAM_HEAP and QUIRE_HIMEM_RESERVE, see quire_esp.h).
 *
 * The addresses are taken by the first call that allocates something, so that an application which
 * never does loses none: at the end of the first window that can show PSRAM for reading and
 * writing, which on the ESP32 is always free, or, where others are there, in any gap that is large
 * enough.  On other chips than the ESP32 an application that wants to be sure of them allocates its
 * ranges before it maps all it can.
 *
 * All calls are whole or nothing and safe from any number of tasks; none may be called from an
 * interrupt.  A handle that has been freed, or never was one, is recognised.  Unless said otherwise
 * they return ESP_ERR_INVALID_STATE where no machine can be started at all.
 */
#ifndef ESP_HIMEM_H
#define ESP_HIMEM_H

#include <stdbool.h>
#include <stddef.h>

#include "esp_err.h"
#include "sdkconfig.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a block, for the chip that the application is compiled for. */
#ifdef CONFIG_IDF_TARGET_ESP32
#define ESP_HIMEM_BLKSZ 0x8000
#else
#define ESP_HIMEM_BLKSZ CONFIG_MMU_PAGE_SIZE
#endif

/* Map for reading only: a store there is a fault where the machine can tell (on Linux), and must
   not be made in any case. */
#define ESP_HIMEM_MAPFLAG_RO 1

typedef struct esp_himem_ramdata_t *esp_himem_handle_t;
typedef struct esp_himem_rangedata_t *esp_himem_rangehandle_t;

/*
 * Allocate `size` bytes of memory, which can be used when they are mapped.  0 bytes can be
 * allocated and freed.
 * ESP_ERR_INVALID_ARG   handle_out is NULL
 * ESP_ERR_INVALID_SIZE  size is not a multiple of ESP_HIMEM_BLKSZ
 * ESP_ERR_NO_MEM        there is not so much, no heap for the handle, or no addresses for himem
 * Cost: linear in the size.
 */
esp_err_t esp_himem_alloc(size_t size, esp_himem_handle_t *handle_out);

/*
 * Allocate `size` bytes of addresses in a row.
 * ESP_ERR_INVALID_ARG   handle_out is NULL
 * ESP_ERR_INVALID_STATE there is no himem: no PSRAM, or the heap has it all
 * ESP_ERR_INVALID_SIZE  size is not a multiple of ESP_HIMEM_BLKSZ
 * ESP_ERR_NO_MEM        size is 0, there are not so many in a row, no heap for the handle, or no
 *                       addresses for himem
 * Cost: linear in himem's addresses.
 */
esp_err_t esp_himem_alloc_map_range(size_t size, esp_himem_rangehandle_t *handle_out);

/*
 * Let `len` bytes of `range`, from range_offset on, show those of `handle` from ram_offset on;
 * `*out_ptr` gets their address.  `flags` is 0 or ESP_HIMEM_MAPFLAG_RO; other bits are not looked
 * at.  With len 0 nothing is mapped, and `*out_ptr` gets an address.
 * ESP_ERR_INVALID_STATE there is no himem
 * ESP_ERR_INVALID_ARG   a handle is none of its kind, out_ptr is NULL, or an offset or len is not a
 *                       multiple of ESP_HIMEM_BLKSZ
 * ESP_ERR_INVALID_SIZE  memory or range end before
 * ESP_ERR_INVALID_STATE some of the memory is mapped already, or some of the range in use
 * ESP_FAIL              the machine refused it
 * Cost: linear in len.
 */
esp_err_t esp_himem_map(esp_himem_handle_t handle, esp_himem_rangehandle_t range, size_t ram_offset,
			size_t range_offset, size_t len, int flags, void **out_ptr);

/*
 * Stop showing memory at [ptr, ptr + len), which is in `range` and mapped.  What was written there
 * has reached the memory, and the addresses can no longer be used.
 * ESP_ERR_INVALID_ARG   range is none, ptr or len are not multiples of ESP_HIMEM_BLKSZ, they are
 *                       not inside the range, or some of it is not mapped
 * ESP_FAIL              the machine refused it
 * Cost: linear in len.
 */
esp_err_t esp_himem_unmap(esp_himem_rangehandle_t range, void *ptr, size_t len);

/*
 * Give memory back, which is mapped nowhere.
 * ESP_ERR_INVALID_ARG   handle is none, or some of it is mapped
 * Cost: linear in its size.
 */
esp_err_t esp_himem_free(esp_himem_handle_t handle);

/*
 * Give addresses back, at which nothing is mapped.
 * ESP_ERR_INVALID_ARG   handle is none, or something is mapped there
 * Cost: linear in their number.
 */
esp_err_t esp_himem_free_map_range(esp_himem_rangehandle_t handle);

/* Bytes of memory there are for himem, and how many nobody has; 0 where there is no himem.  Cost:
   constant. */
size_t esp_himem_get_phys_size(void);
size_t esp_himem_get_free_size(void);

/* Bytes of addresses that himem has, or will have when it is used; 0 where there is no himem.  Cost:
   constant. */
size_t esp_himem_reserved_area_size(void);

#ifdef __cplusplus
}
#endif

#endif
