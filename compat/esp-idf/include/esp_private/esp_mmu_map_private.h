/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ESP-IDF's own parts use of the MMU driver: addresses without anything behind them.
 *
 * Threads, and the error if the machine does not start, are as in esp_mmu_map.h.
 */
#ifndef ESP_PRIVATE_ESP_MMU_MAP_PRIVATE_H
#define ESP_PRIVATE_ESP_MMU_MAP_PRIVATE_H

#include "esp_mmu_map.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Start the machine, unless it runs: windows, and addresses for the application's code and
   constants at the bottom of the first ones that can have them.  Any number of times. */
void esp_mmu_map_init(void);

/*
 * Reserve addresses, whatever is mapped by now; `*out_ptr` gets the first, on the side that `caps`
 * means.  Nothing is mapped there by anybody until they are released.
 * ESP_ERR_INVALID_ARG    out_ptr is NULL
 * ESP_ERR_INVALID_ARG    caps has EXEC together with 8BIT or WRITE
 * ESP_ERR_INVALID_ARG    size is 0, or rounds up to more than 32 bits hold
 * ESP_ERR_NOT_FOUND      caps or target has a bit that does not exist
 * ESP_ERR_INVALID_ARG    target is not exactly one memory
 * ESP_ERR_NOT_FOUND      no window can do that, or there is no such memory
 * ESP_ERR_NOT_FOUND      no gap is large enough
 * ESP_ERR_NO_MEM         no descriptor is left for it
 * Cost: that of quire_space_reserve.
 */
esp_err_t esp_mmu_map_reserve_block_with_caps(size_t size, mmu_mem_caps_t caps, mmu_target_t target,
					      const void **out_ptr);

/*
 * Give reserved addresses back; `ptr` is the first, on either side.  (quire's; ESP-IDF cannot.)
 * ESP_ERR_INVALID_ARG    ptr is NULL
 * ESP_ERR_NOT_FOUND      no block that was reserved so begins there
 * Cost: that of quire_space_release.
 */
esp_err_t esp_mmu_map_release_block(const void *ptr);

/* esp_mmu_map_dump_mapped_blocks(stdout). */
esp_err_t esp_mmu_map_dump_mapped_blocks_private(void);

#ifdef __cplusplus
}
#endif

#endif
