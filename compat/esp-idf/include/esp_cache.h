/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cache and memory, in ESP-IDF's words.
 *
 * Flash and PSRAM are seen through a cache.  Whoever changes PSRAM behind it (a DMA) has the cache
 * forget what it holds (M2C), and whoever is to read what the CPU wrote needs it in memory first
 * (C2M).  The cache works on lines:
 *
 *      |  line  |  line  |  line  |        M2C of a part of a line would lose what the CPU
 *           [ addr .. size )               wrote to the rest of it, so only whole lines are taken
 */
#ifndef ESP_CACHE_H
#define ESP_CACHE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "esp_bit_defs.h"
#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ESP_CACHE_MSYNC_FLAG_INVALIDATE BIT(0) /* with C2M: the cache forgets, too */
#define ESP_CACHE_MSYNC_FLAG_UNALIGNED  BIT(1) /* with C2M: parts of lines are meant */
#define ESP_CACHE_MSYNC_FLAG_DIR_C2M    BIT(2) /* memory gets what the cache has; the default */
#define ESP_CACHE_MSYNC_FLAG_DIR_M2C    BIT(3) /* the cache gets what memory has */
#define ESP_CACHE_MSYNC_FLAG_TYPE_DATA  BIT(4) /* the default */
#define ESP_CACHE_MSYNC_FLAG_TYPE_INST  BIT(5)

/*
 * Make cache and memory agree about `size` bytes from `addr` on.
 *
 * ESP_ERR_INVALID_ARG    addr is NULL
 * ESP_ERR_INVALID_ARG    the range runs past the end of the addresses
 * ESP_ERR_INVALID_ARG    flags has both directions, or both types
 * ESP_ERR_NOT_SUPPORTED  some of it is not seen through a cache: outside of flash and PSRAM, and on
 *                        chips that cache internal memory (ESP32-P4) outside of that
 * ESP_ERR_INVALID_ARG    addr or size is not a multiple of the line (esp_cache_get_alignment()),
 *                        without UNALIGNED
 * ESP_ERR_INVALID_ARG    M2C with UNALIGNED
 * ESP_ERR_INVALID_ARG    C2M with TYPE_INST
 * ESP_FAIL               the machine cannot be started
 *
 * Size 0 is checked like any other and then does nothing.  Bits of flags without a meaning mean
 * nothing.  On ESP32, whose cache forgets everything or nothing and whose PSRAM no DMA reaches, M2C
 * writes back first, so that nothing is lost.  Where the process's own memory stands for cached
 * internal memory there is nothing to be done.
 * Any number of threads; not from interrupts.  Cost: linear in the lines.
 */
esp_err_t esp_cache_msync(void *addr, size_t size, int flags);

/*
 * Bytes of the cache line for data at an address: that of flash and PSRAM, or that of internal
 * memory; 0 for NULL and for what is not cached.  Any thread.  Constant cost.
 */
size_t esp_cache_get_line_size_by_addr(const void *addr);

#ifdef __cplusplus
}
#endif

#endif
