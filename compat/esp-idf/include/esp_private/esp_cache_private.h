/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ESP-IDF's own parts use of the cache.
 *
 * While the cache is suspended or frozen, a chip's CPU cannot reach flash and PSRAM, which matters
 * to whoever changes them.  Here they are changed as a whole by other means, mappings stay usable,
 * and what is left of these calls is that they are counted: calls nest, each one is taken back by
 * its opposite, and an opposite too many does nothing.  All can be called by any thread at any time,
 * at constant cost.
 */
#ifndef ESP_PRIVATE_ESP_CACHE_PRIVATE_H
#define ESP_PRIVATE_ESP_CACHE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

void esp_cache_suspend_ext_mem_cache(void);
void esp_cache_resume_ext_mem_cache(void);
void esp_cache_freeze_ext_mem_cache(void);
void esp_cache_unfreeze_ext_mem_cache(void);

/* All caches, and the interrupts. */
void esp_cache_freeze_caches_disable_interrupts(void);
void esp_cache_unfreeze_caches_enable_interrupts(void);

/* Exclude other threads between the two; a thread that is inside may enter again.  The calls of
   esp_cache.h can be used inside, those that wait (map, flash) cannot. */
void esp_cache_sync_ops_enter_critical_section(void);
void esp_cache_sync_ops_exit_critical_section(void);

/* How deep they are nested now.  (quire's; for tests.) */
struct quire_esp_cache_depth {
	uint32_t suspended;
	uint32_t frozen; /* of either kind */
	uint32_t interrupts_disabled;
	uint32_t critical; /* of the calling thread */
};
void quire_esp_cache_depth(struct quire_esp_cache_depth *out);

/*
 * The alignment that addresses and sizes of a buffer need for esp_cache_msync(): the cache line of
 * flash and PSRAM if heap_caps has MALLOC_CAP_SPIRAM, else that of internal memory, 0 where that is
 * not cached.
 * ESP_ERR_INVALID_ARG    out_alignment is NULL
 * ESP_FAIL               the machine cannot be started
 */
esp_err_t esp_cache_get_alignment(uint32_t heap_caps, size_t *out_alignment);

#ifdef __cplusplus
}
#endif

#endif
