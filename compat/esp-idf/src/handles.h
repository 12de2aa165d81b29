/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: numbers that stand for things, and that a stale copy cannot be mistaken for.
 *
 *   31            16 15          0
 *   +---------------+------------+
 *   |  generation   |  slot + 1  |     never 0
 *   +---------------+------------+
 *
 * ESP-IDF hands out pointers cast to 32 bits, which a 64-bit host cannot, and which crash when they
 * are NULL, stale or made up.  A slot's generation changes when it is given back, and comes round
 * after 65,536 times.  So that this takes long, the slot that was given back first is taken first,
 * and there are always QUIRE_ESP_HANDLES_FREE to take from: a number stands for something else only
 * after 16,777,216 handles more.  (After fewer if memory runs out, or more than 65,279 are in use.)
 *
 * Slots come from the board's heap in growing arrays; the caller has the machine's lock.
 */
#ifndef QUIRE_ESP_HANDLES_H
#define QUIRE_ESP_HANDLES_H

#include "machine.h"

#define QUIRE_ESP_HANDLES_FREE 256u

struct quire_esp_handle {
	void *thing; /* NULL: free */
	uint16_t generation;
	uint16_t next_free; /* slot + 1, 0: none */
};

struct quire_esp_handles {
	struct quire_esp_handle *slot;
	uint32_t count;
	uint32_t used;
	uint32_t free;      /* the one to be taken next: slot + 1, 0: none */
	uint32_t last_free; /* and the one to be taken last */
};

/* A handle for a thing (not NULL); 0 if there is no memory or 65,535 are in use.  Constant cost but
   for the growth. */
uint32_t quire_esp_handle_new(struct quire_esp *m, struct quire_esp_handles *h, void *thing);

/* What a handle stands for, NULL if nothing.  Constant cost. */
void *quire_esp_handle_find(const struct quire_esp_handles *h, uint32_t handle);

/* The same, and the handle ends. */
void *quire_esp_handle_end(struct quire_esp_handles *h, uint32_t handle);

/* Any thing that still has a handle, which ends; NULL if none has. */
void *quire_esp_handle_any(struct quire_esp_handles *h);

/* Free the slots; all handles end. */
void quire_esp_handles_free(struct quire_esp *m, struct quire_esp_handles *h);

#endif
