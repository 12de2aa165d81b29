/* SPDX-License-Identifier: Apache-2.0 */
/* ESP32's cache, which is written back and forgotten as a whole. */
#ifndef ESP_PRIVATE_ESP_CACHE_ESP32_PRIVATE_H
#define ESP_PRIVATE_ESP_CACHE_ESP32_PRIVATE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cache_driver_s cache_driver_t;

struct cache_driver_s {
	void (*cache_flush)(int cpu_no); /* not used: flushing is the space's */
	void (*cache_writeback_psram)(
		void); /* called before the cache is written back; may be NULL */
};

/* Have cache_sync() call func->cache_writeback_psram first; NULL takes that back.  The structure is
   not needed afterwards.  Not to be called while cache_sync() runs. */
void cache_register_writeback(cache_driver_t *func);

/* Write everything back and have the cache forget it, on any chip.  Any thread.  Cost: linear in
   the windows. */
void cache_sync(void);

#ifdef __cplusplus
}
#endif

#endif
