/* SPDX-License-Identifier: Apache-2.0 */
/* Handles (handles.h says what they are for). */
#include "handles.h"

#include <string.h>

#define SLOT_BITS 16
#define SLOTS_MAX ((1u << SLOT_BITS) - 1u)
#define FIRST     (2 * QUIRE_ESP_HANDLES_FREE)

static uint32_t handle_of(const struct quire_esp_handles *h, uint32_t slot)
{
	return (uint32_t)h->slot[slot].generation << SLOT_BITS | (slot + 1u);
}

/* The slot of a handle that is alive, NULL if it is not. */
static struct quire_esp_handle *alive(const struct quire_esp_handles *h, uint32_t handle)
{
	uint32_t slot = (handle & SLOTS_MAX) - 1u;

	if (slot >= h->count || h->slot[slot].thing == NULL || handle_of(h, slot) != handle)
		return NULL;
	return &h->slot[slot];
}

/* A slot becomes free, to be taken after all that are. */
static void add_free(struct quire_esp_handles *h, uint32_t slot)
{
	h->slot[slot].next_free = 0;
	if (h->free == 0)
		h->free = slot + 1u;
	else
		h->slot[h->last_free - 1u].next_free = (uint16_t)(slot + 1u);
	h->last_free = slot + 1u;
}

static uint32_t take_free(struct quire_esp_handles *h)
{
	uint32_t slot = h->free - 1u;

	h->free = h->slot[slot].next_free;
	return slot;
}

/* Twice as many slots, the new ones free. */
static bool grow(struct quire_esp *m, struct quire_esp_handles *h)
{
	uint32_t count = h->count == 0 ? FIRST : h->count * 2;
	struct quire_esp_handle *slot;

	if (h->count == SLOTS_MAX)
		return false;
	count = count > SLOTS_MAX ? SLOTS_MAX : count;
	slot = quire_esp_allocate(m, count * sizeof(*slot));
	if (slot == NULL)
		return false;
	memset(slot, 0, count * sizeof(*slot));
	if (h->count != 0)
		memcpy(slot, h->slot, h->count * sizeof(*slot));
	quire_esp_release(m, h->slot);
	h->slot = slot;
	for (uint32_t i = h->count; i < count; i++)
		add_free(h, i);
	h->count = count;
	return true;
}

uint32_t quire_esp_handle_new(struct quire_esp *m, struct quire_esp_handles *h, void *thing)
{
	uint32_t slot;

	if (h->count - h->used < QUIRE_ESP_HANDLES_FREE && !grow(m, h) && h->free == 0)
		return 0;
	slot = take_free(h);
	h->slot[slot].thing = thing;
	h->used++;
	return handle_of(h, slot);
}

void *quire_esp_handle_find(const struct quire_esp_handles *h, uint32_t handle)
{
	const struct quire_esp_handle *slot = alive(h, handle);

	return slot == NULL ? NULL : slot->thing;
}

void *quire_esp_handle_end(struct quire_esp_handles *h, uint32_t handle)
{
	struct quire_esp_handle *slot = alive(h, handle);
	void *thing;

	if (slot == NULL)
		return NULL;
	thing = slot->thing;
	slot->thing = NULL;
	slot->generation++;
	add_free(h, (uint32_t)(slot - h->slot));
	h->used--;
	return thing;
}

void *quire_esp_handle_any(struct quire_esp_handles *h)
{
	for (uint32_t i = 0; i < h->count; i++)
		if (h->slot[i].thing != NULL)
			return quire_esp_handle_end(h, handle_of(h, i));
	return NULL;
}

void quire_esp_handles_free(struct quire_esp *m, struct quire_esp_handles *h)
{
	quire_esp_release(m, h->slot);
	memset(h, 0, sizeof(*h));
}
