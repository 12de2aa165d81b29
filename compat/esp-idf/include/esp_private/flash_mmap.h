/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may map and who may write: the lock between mappings of flash and its erasing and writing.
 *
 * Tasks that map hold it together, for the time of the call, or until munmap with BLOCKS_WRITE; who
 * writes holds it alone, *frozen*.  It is fair: who maps does not get in before a task that waits
 * to write, and those who wait to map come before the next one that writes.  Two exceptions keep it
 * from locking up: a task that holds a mapping with BLOCKS_WRITE may map more at any time, and
 * while such a mapping is held at all, calls that only map for a moment do not wait behind who
 * waits for it.
 */
#ifndef ESP_PRIVATE_FLASH_MMAP_H
#define ESP_PRIVATE_FLASH_MMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Make the lock.  ESP_OK: it has been made with the machine.  ESP_FAIL: there is no machine. */
esp_err_t flash_mmap_lock_init(void);

/*
 * Wait until nobody maps, and let nobody map until unfreeze.  A task may freeze again what it has
 * frozen.  A task that holds a mapping with BLOCKS_WRITE itself would wait for ever; that is
 * reported, and nothing is frozen.  From tasks only.
 */
void flash_mmap_lock_freeze(void);

/* As many times as freeze, by the same task; otherwise it is reported, and nothing else happens. */
void flash_mmap_lock_unfreeze(void);

/* Whether any handle is held. */
bool flash_mmap_remain(void);

/*
 * Flash in [start_addr, start_addr + length) has changed: what the cache holds of it, through
 * whatever mapping, is forgotten.  All calls that write or erase do this by themselves.  True if
 * any of it was mapped.  From any task.  Cost: one search for each page and each of its mappings.
 */
bool spi_flash_check_and_flush_cache(size_t start_addr, size_t length);

#ifdef __cplusplus
}
#endif

#endif
