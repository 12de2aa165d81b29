/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keep-list.
 *
 * There are two slots for each mapping that may be kept, so that those in use cannot push the kept
 * ones out, nor the other way round.  A slot is free, in use (its mapping has holders) or kept:
 *
 *               track                 last holder gone
 *     free -------------> in use --------------------------> kept
 *       ^                  |  ^                              |  |
 *       |  forget          |  `-------- taken up again ------'  |
 *       `------------------+------------------------------------'  drop
 *
 * In use, and kept, are two rings, newest first; slots 0 and 1 are their heads, and so 0 is no slot.
 * Every slot that is not free is in two hashes besides: by what it shows, and by where it stands.
 * Taking a mapping up and keeping it are a look into one hash and a step from ring to ring; the
 * hashes do not change.
 *
 * To its users a kept mapping does not exist, so the list must never answer with one where the
 * space, without it, would have answered something else.  It would if somebody else used some of
 * the same pages: that would be an overlap, or a mapping to share.  So those in use and the kept
 * ones never meet (in the windows that a request looks at), by these rules:
 *   - what would meet a new mapping is dropped before that is made,
 *   - a mapping that meets another in use (both can only be with QUIRE_SHARED, or in windows that
 *     differ in what they can do) is no longer `alone`, and not kept when it is given up.
 * The space itself finds out whether a new mapping meets others: it is asked without QUIRE_SHARED
 * first.  And with QUIRE_TELL, so that nothing that is merely kept gets a holder.
 */
#include "keep/private.h"

/* -- finding -- */

/* Whether a request is one for what a slot shows, in the same words. */
static inline bool asks_for(const struct quire_want *want, const struct quire_keep_slot *s,
			    quire_size size)
{
	return s->pa == want->pa && s->size == size && s->target == want->target &&
	       s->attr == want->attr && s->caps == want->caps && s->tag == want->tag &&
	       s->align == want->align;
}

/* Whether the flags of a request are such that the space would not refuse it. */
static inline bool flags_are_fine(const struct quire_want *want)
{
	if (want->flags & ~(unsigned)QUIRE_FLAG_MASK)
		return false;
	return (want->flags & QUIRE_WX) || !(want->attr & QUIRE_WRITE) ||
	       !(want->attr & QUIRE_EXEC);
}

/* The kept mapping that serves a request; NONE.  A size that rounds up to 0 finds none. */
static inline unsigned find_kept(const struct quire_keep *k, const struct quire_want *want)
{
	quire_size size = whole_pages(k, want);
	unsigned i;

	if (k->kept == 0 || !flags_are_fine(want))
		return NONE;
	i = k->shown[shown_bucket(k, want->target, want->pa, size)];
	while (i != NONE && (slot_at(k, i)->holders || !asks_for(want, slot_at(k, i), size)))
		i = slot_at(k, i)->same_shown;
	return i;
}

/* -- a hit -- */

static inline int take_up(struct quire_keep *k, unsigned i, struct quire_got *got)
{
	struct quire_keep_slot *s = slot_at(k, i);

	s->holders = 1;
	ring_leave(k, s);
	ring_enter(k, USED, i);
	k->kept--;
	k->used++;
	k->hits++;
	got->va = got->mapping = s->va;
	return QUIRE_OK;
}

static inline void keep(struct quire_keep *k, unsigned i)
{
	struct quire_keep_slot *s = slot_at(k, i);

	s->holders = 0;
	ring_leave(k, s);
	ring_enter(k, KEPT, i);
	k->used--;
	k->kept++;
}

/* -- the verbs, locked -- */

static inline int map(struct quire_keep *k, const struct quire_want *want, struct quire_got *got)
{
	unsigned i = find_kept(k, want);

	return i != NONE ? take_up(k, i, got) : keep_map_missed(k, NULL, want, got);
}

static int map_at(struct quire_keep *k, quire_va va, const struct quire_want *want,
		  struct quire_got *got)
{
	unsigned i = find_kept(k, want);

	if (i != NONE && (slot_at(k, i)->va == va || slot_at(k, i)->other == va) &&
	    (want->align == 0 || (va & (want->align - 1)) == 0))
		return take_up(k, i, got);
	return keep_map_missed(k, &va, want, got);
}

/* What the space says of an address, corrected if that is inside a kept mapping. */
static int hide_interior(struct quire_keep *k, quire_va va, int answer)
{
	struct quire_extent_info row;
	unsigned i;
	int err;

	if (answer != QUIRE_EINTERIOR)
		return answer;
	err = quire_space_query(k->space, va, &row);
	if (err)
		return err;
	i = find_mapping(k, row.va);
	return is_kept(k, i) ? QUIRE_EUNMAPPED : answer;
}

/* Whether one more can be kept, after a drop if need be. */
static inline bool make_room(struct quire_keep *k)
{
	uint32_t dropped;

	return k->kept < k->slots || keep_drop_oldest(k, &dropped) == QUIRE_OK;
}

/* Give up a share in the space, of a mapping that has slot `i` or none. */
static int unmap_in_space(struct quire_keep *k, unsigned i, quire_va va)
{
	int err = quire_space_unmap(k->space, va);

	if (i == NONE)
		return hide_interior(k, va, err);
	if (err)
		return err;
	if (slot_at(k, i)->holders == 1)
		keep_slot_forget(k, i);
	else
		slot_at(k, i)->holders--;
	return QUIRE_OK;
}

static int unmap_known(struct quire_keep *k, quire_va va, unsigned i)
{
	if (i == NONE)
		return unmap_in_space(k, i, va);
	if (slot_at(k, i)->holders == 0)
		return QUIRE_EUNMAPPED;
	if (slot_at(k, i)->holders > 1 || !slot_at(k, i)->alone || !make_room(k))
		return unmap_in_space(k, i, va);
	keep(k, i);
	return QUIRE_OK;
}

/* Whether giving up a slot's mapping is no more than keeping it. */
static inline bool is_hit(const struct quire_keep *k, unsigned i)
{
	return i != NONE && slot_at(k, i)->holders == 1 && slot_at(k, i)->alone &&
	       k->kept < k->slots;
}

static inline int unmap(struct quire_keep *k, quire_va va)
{
	unsigned i = find_mapping(k, va);

	if (!is_hit(k, i))
		return unmap_known(k, va, i);
	keep(k, i);
	return QUIRE_OK;
}

/* Whether a mapping that has no slot is others' as well, or has a tag without some of these bits. */
static int unknown_is_others(struct quire_keep *k, quire_va va, unsigned tag, bool *others)
{
	struct quire_extent_info row;
	int err = quire_space_query(k->space, va, &row);

	*others = !err && row.kind == QUIRE_MAPPED && (va == row.va || va == row.exec_va) &&
		  (row.refs != 1 || (tag & ~(unsigned)row.tag));
	return err;
}

static bool is_others(const struct quire_keep_slot *s, unsigned tag)
{
	return s->holders > 1 || (s->holders == 1 && (tag & ~(unsigned)s->tag));
}

static int unmap_if_sole(struct quire_keep *k, quire_va va, unsigned i, unsigned tag)
{
	bool others = i != NONE && is_others(slot_at(k, i), tag);
	int err = i == NONE ? unknown_is_others(k, va, tag, &others) : QUIRE_OK;

	if (err)
		return err;
	return others ? QUIRE_EREFERENCED : unmap_known(k, va, i);
}

static inline int unmap_sole(struct quire_keep *k, quire_va va, unsigned tag)
{
	unsigned i = find_mapping(k, va);

	if (!is_hit(k, i) || (tag & ~(unsigned)slot_at(k, i)->tag))
		return unmap_if_sole(k, va, i, tag);
	keep(k, i);
	return QUIRE_OK;
}

static int tag_mapping(struct quire_keep *k, quire_va va, uint16_t tag)
{
	unsigned i = find_mapping(k, va);
	int err;

	if (is_kept(k, i))
		return QUIRE_EUNMAPPED;
	err = quire_space_tag(k->space, va, tag);
	if (i == NONE)
		return hide_interior(k, va, err);
	if (!err)
		slot_at(k, i)->tag = tag;
	return err;
}

/* -- public -- */

int quire_keep_map(struct quire_keep *keep, const struct quire_want *want, struct quire_got *got)
{
	int err = keep_enter(keep, want && got);

	return err ? err : keep_leave(keep, map(keep, want, got));
}

int quire_keep_map_at(struct quire_keep *keep, quire_va va, const struct quire_want *want,
		      struct quire_got *got)
{
	int err = keep_enter(keep, want && got);

	return err ? err : keep_leave(keep, map_at(keep, va, want, got));
}

int quire_keep_reserve(struct quire_keep *keep, const struct quire_want *want, quire_va *out)
{
	int err = keep_enter(keep, want && out);

	return err ? err : keep_leave(keep, keep_reserve_missed(keep, want, out));
}

int quire_keep_reserve_at(struct quire_keep *keep, quire_va va, quire_size size, uint16_t tag)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, keep_reserve_at_missed(keep, va, size, tag));
}

int quire_keep_unmap(struct quire_keep *keep, quire_va va)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, unmap(keep, va));
}

int quire_keep_unmap_sole(struct quire_keep *keep, quire_va va, uint16_t tag)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, unmap_sole(keep, va, tag));
}

int quire_keep_tag(struct quire_keep *keep, quire_va va, uint16_t tag)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, tag_mapping(keep, va, tag));
}
