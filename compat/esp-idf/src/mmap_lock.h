/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock between mappings of flash and its erasing and writing (esp_private/flash_mmap.h says what
 * it is for), as the calls of this directory use it.
 *
 *     enter .. leave                     a call that maps
 *     enter .. hold ............ drop    one with BLOCKS_WRITE, until munmap
 *     freeze .. unfreeze                 erase and write
 *
 * Its state is a few numbers under the machine's lock, which the callers of all these hold; who has
 * to wait lets go of it meanwhile.
 */
#ifndef QUIRE_ESP_MMAP_LOCK_H
#define QUIRE_ESP_MMAP_LOCK_H

#include "machine.h"

/* A mapping that blocks writers, and whose it is. */
struct quire_esp_hold {
	uintptr_t task;
	struct quire_esp_hold *next;
};

/* Wait until this task may map; `blocks` if it is going to hold what it maps. */
void quire_esp_mmap_enter(struct quire_esp *m, bool blocks);
void quire_esp_mmap_leave(struct quire_esp *m);

/* Instead of leave: stay, until drop, which any task may call. */
void quire_esp_mmap_hold(struct quire_esp *m, struct quire_esp_hold *hold);
void quire_esp_mmap_drop(struct quire_esp *m, struct quire_esp_hold *hold);

/* Wait until nobody maps, and let nobody map.  ESP_ERR_INVALID_STATE: this task holds a mapping
   itself, and would wait for ever. */
esp_err_t quire_esp_mmap_freeze(struct quire_esp *m);

/* ESP_ERR_INVALID_STATE: this task has not frozen anything. */
esp_err_t quire_esp_mmap_unfreeze(struct quire_esp *m);

/* Tasks that wait to write, or do. */
uint32_t quire_esp_mmap_writers(void);

/* As it was at the start. */
void quire_esp_mmap_reset(void);

#endif
