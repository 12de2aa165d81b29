/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slots of a keep-list: making them, and taking one and giving it back, which hits never do.
 *
 *   memory   | head of kept | head of used | slot 2 | ... | buckets: shown | buckets: place |
 */
#include "keep/private.h"

/* -- hashes -- */

static void hashes_enter(struct quire_keep *k, unsigned i)
{
	struct quire_keep_slot *s = slot_at(k, i);
	uint16_t *shown = &k->shown[shown_bucket(k, s->target, s->pa, s->size)];
	uint16_t *place = &k->place[place_bucket(k, s->va)];

	s->same_shown = *shown;
	*shown = (uint16_t)i;
	s->same_place = *place;
	*place = (uint16_t)i;
}

static void hashes_leave(struct quire_keep *k, unsigned i)
{
	const struct quire_keep_slot *s = slot_at(k, i);
	uint16_t *link = &k->shown[shown_bucket(k, s->target, s->pa, s->size)];

	while (*link != i)
		link = &slot_at(k, *link)->same_shown;
	*link = s->same_shown;
	link = &k->place[place_bucket(k, s->va)];
	while (*link != i)
		link = &slot_at(k, *link)->same_place;
	*link = s->same_place;
}

quire_va keep_other_side(const struct quire_space *space, quire_va va)
{
	for (unsigned i = 0; i < space->window_count; i++) {
		const struct quire_window *w = &space->window[i];

		if (va - w->base < w->size)
			return va - w->base + w->exec_base;
		if (va - w->exec_base < w->size)
			return va - w->exec_base + w->base;
	}
	return va;
}

/* -- slots -- */

unsigned keep_slot_take(struct quire_keep *k)
{
	unsigned i;

	if (k->free == NONE)
		keep_slot_forget(k, slot_at(k, USED)->newer);
	i = k->free;
	k->free = slot_at(k, i)->older;
	return i;
}

void keep_slot_enter(struct quire_keep *k, unsigned i)
{
	hashes_enter(k, i);
	ring_enter(k, USED, i);
	k->used++;
}

void keep_slot_forget(struct quire_keep *k, unsigned i)
{
	struct quire_keep_slot *s = slot_at(k, i);

	if (s->holders)
		k->used--;
	else
		k->kept--;
	ring_leave(k, s);
	hashes_leave(k, i);
	s->size = 0;
	s->older = k->free;
	k->free = (uint16_t)i;
}

/* -- init -- */

/* Buckets of each hash, for so many slots: a power of two, and one slot a bucket at most. */
static uint32_t bucket_bits(uint32_t slots)
{
	uint32_t bits = 1;

	while ((1u << bits) < 2 * slots)
		bits++;
	return bits;
}

static void rings_init(struct quire_keep *k)
{
	for (uint32_t i = 0; i < HEADS; i++) {
		*slot_at(k, i) = (struct quire_keep_slot){0};
		slot_at(k, i)->older = slot_at(k, i)->newer = (uint16_t)i;
	}
	for (uint32_t i = 2 * k->slots + HEADS - 1; i >= HEADS; i--) {
		*slot_at(k, i) = (struct quire_keep_slot){.older = k->free};
		k->free = (uint16_t)i;
	}
}

/* Divide the caller's memory into slots and buckets. */
static void layout(struct quire_keep *k, void *memory)
{
	uint32_t bits = bucket_bits(k->slots);

	k->slot = memory;
	k->shown = (uint16_t *)(void *)(k->slot + 2 * k->slots + HEADS);
	k->place = k->shown + (1u << bits);
	k->shift = (uint8_t)(HASH_BITS - bits);
	for (uint32_t i = 0; i < 2u << bits; i++)
		k->shown[i] = NONE;
	rings_init(k);
}

/* The pages that each memory is counted in, and whether its windows are alike. */
static void look_at_windows(struct quire_keep *k)
{
	const struct quire_space *s = k->space;

	for (unsigned t = 0; t < QUIRE_TARGETS_MAX; t++) {
		const struct quire_window *first = NULL;

		for (unsigned i = 0; i < s->window_count; i++) {
			const struct quire_window *w = &s->window[i];

			if (!(w->targets & QUIRE_TARGET_BIT(t)))
				continue;
			if (first && first->caps != w->caps)
				k->uneven |= (uint8_t)QUIRE_TARGET_BIT(t);
			first = w;
			k->page_mask[t] = ((quire_size)1 << s->book[i].page_shift) - 1;
		}
	}
}

quire_size quire_keep_memory_size(uint32_t slots)
{
	if (slots == 0 || slots > QUIRE_KEEP_MAX)
		return 0;
	return (2 * (quire_size)slots + HEADS) * sizeof(struct quire_keep_slot) +
	       ((quire_size)2 << bucket_bits(slots)) * sizeof(uint16_t);
}

int quire_keep_init(struct quire_keep *keep, const struct quire_keep_config *config)
{
	if (!keep || !config || !config->space || (!config->memory && config->slots != 0))
		return QUIRE_ENULL;
	if (config->slots > QUIRE_KEEP_MAX)
		return QUIRE_EFLAG;
	if (config->memory_size < quire_keep_memory_size(config->slots))
		return QUIRE_EPOOL;
	*keep = (struct quire_keep){.space = config->space,
				    .lock = config->lock,
				    .slots = config->slots,
				    .targets = config->targets ? config->targets : UINT8_MAX};
	look_at_windows(keep);
	if (keep->slots)
		layout(keep, config->memory);
	return QUIRE_OK;
}
