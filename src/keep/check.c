/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check: prove a whole keep-list, slot by slot, against itself and against the space.
 */
#include "keep/private.h"

/* Count the slots of a ring, and check that it is one.  UINT32_MAX if it is none. */
static uint32_t ring_length(const struct quire_keep *k, unsigned ring)
{
	uint32_t count = 0;
	unsigned i = ring;

	do {
		unsigned older = slot_at(k, i)->older;

		if (older >= 2 * k->slots + HEADS || slot_at(k, older)->newer != i ||
		    count > 2 * k->slots || (older < HEADS && older != ring))
			return UINT32_MAX;
		if (older != ring && (slot_at(k, older)->holders == 0) != (ring == KEPT))
			return UINT32_MAX;
		count += older != ring;
		i = older;
	} while (i != ring);
	return count;
}

static uint32_t free_length(const struct quire_keep *k)
{
	uint32_t count = 0;

	for (unsigned i = k->free; i != NONE; i = slot_at(k, i)->older)
		if (i >= 2 * k->slots + HEADS || slot_at(k, i)->size != 0 || ++count > 2 * k->slots)
			return UINT32_MAX;
	return count;
}

/* Whether each bucket holds only what belongs there, and all of them together every slot. */
static bool shown_is_sound(const struct quire_keep *k)
{
	uint32_t count = 0;

	for (uint32_t b = 0; b < 1u << (HASH_BITS - k->shift); b++)
		for (unsigned i = k->shown[b]; i != NONE; i = slot_at(k, i)->same_shown) {
			const struct quire_keep_slot *s = slot_at(k, i);

			if (i >= 2 * k->slots + HEADS || ++count > k->kept + k->used ||
			    shown_bucket(k, s->target, s->pa, s->size) != b)
				return false;
		}
	return count == k->kept + k->used;
}

static bool place_is_sound(const struct quire_keep *k)
{
	uint32_t count = 0;

	for (uint32_t b = 0; b < 1u << (HASH_BITS - k->shift); b++)
		for (unsigned i = k->place[b]; i != NONE; i = slot_at(k, i)->same_place)
			if (i >= 2 * k->slots + HEADS || ++count > k->kept + k->used ||
			    place_bucket(k, slot_at(k, i)->va) != b)
				return false;
	return count == k->kept + k->used;
}

/* Whether a mapping is in the space as its slot says. */
static int slot_check(struct quire_keep *k, const struct quire_keep_slot *s, bool *same)
{
	struct quire_extent_info row;
	bool exec = s->attr & QUIRE_EXEC;
	int err = quire_space_query(k->space, s->va, &row);

	*same = !err && row.kind == QUIRE_MAPPED && !row.part && row.size == s->size &&
		row.pa == s->pa && row.target == s->target && row.attr == s->attr &&
		row.tag == s->tag && row.window == s->window &&
		row.refs == (s->holders ? s->holders : 1) &&
		s->va == (exec ? row.exec_va : row.va) && s->other == (exec ? row.va : row.exec_va);
	return err;
}

/* The space says of each what the slot says. */
static int slots_check(struct quire_keep *k, const char **what)
{
	for (unsigned i = HEADS; i < 2 * k->slots + HEADS; i++) {
		bool same = true;
		int err = slot_at(k, i)->size ? slot_check(k, slot_at(k, i), &same) : QUIRE_OK;

		if (err)
			return err;
		if (!same) {
			*what = "a slot says something else than the space";
			return QUIRE_ECORRUPT;
		}
	}
	return QUIRE_OK;
}

/* What is wrong with the list itself; NULL. */
static const char *list_wrong(const struct quire_keep *k)
{
	if (k->kept > k->slots)
		return "more is kept than may be";
	if (ring_length(k, KEPT) != k->kept)
		return "the ring of those kept is broken";
	if (ring_length(k, USED) != k->used)
		return "the ring of those in use is broken";
	if (free_length(k) != 2 * k->slots - k->kept - k->used)
		return "a slot is lost";
	if (!shown_is_sound(k))
		return "a slot is not found by what it shows";
	return place_is_sound(k) ? NULL : "a slot is not found by its address";
}

static int check(struct quire_keep *k, const char **what)
{
	if (k->slots == 0)
		return QUIRE_OK;
	*what = list_wrong(k);
	return *what ? QUIRE_ECORRUPT : slots_check(k, what);
}

int quire_keep_check(struct quire_keep *keep, const char **what)
{
	const char *found = NULL;
	int err = keep_enter(keep, true);

	if (err)
		return err;
	err = keep_leave(keep, check(keep, &found));
	if (what && err == QUIRE_ECORRUPT)
		*what = found;
	return err;
}
