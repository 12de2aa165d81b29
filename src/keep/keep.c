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
#include "keep/slots.h"

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
	quire_size mask = k->page_mask[want->target % QUIRE_TARGETS_MAX];
	quire_size size = (want->size + mask) & ~mask;
	unsigned i;

	if (k->kept == 0 || !flags_are_fine(want))
		return NONE;
	i = k->shown[shown_bucket(k, want->target, want->pa, size)];
	while (i != NONE && (slot_at(k, i)->holders || !asks_for(want, slot_at(k, i), size)))
		i = slot_at(k, i)->same_shown;
	return i;
}

static bool ranges_meet(quire_va a, quire_size a_size, quire_va b, quire_size b_size)
{
	return a - b < b_size || b - a < a_size;
}

/* -- dropping -- */

/* Unmap a kept mapping after all. */
static int drop(struct quire_keep *k, unsigned i)
{
	int err = quire_space_unmap(k->space, slot_at(k, i)->va);

	if (err)
		return err;
	slot_forget(k, i);
	k->drops++;
	return QUIRE_OK;
}

/* Which kept mappings are meant. */
struct pick {
	bool (*meant)(const struct quire_keep_slot *s, const struct pick *pick);
	unsigned target, windows;
	quire_va start; /* virtual or physical */
	quire_size size;
};

static bool shows(const struct quire_keep_slot *s, const struct pick *p)
{
	return s->target == p->target && (s->windows & p->windows) &&
	       ranges_meet(s->pa, s->size, p->start, p->size);
}

static bool stands(const struct quire_keep_slot *s, const struct pick *p)
{
	return ranges_meet(s->va, s->size, p->start, p->size) ||
	       ranges_meet(s->other, s->size, p->start, p->size);
}

static bool every(const struct quire_keep_slot *s, const struct pick *p)
{
	(void)s;
	(void)p;
	return true;
}

/* Drop those that are meant, the oldest first.  Returns the first refusal, if any. */
static int drop_all_of(struct quire_keep *k, const struct pick *pick, uint32_t *dropped)
{
	unsigned newer;
	int result = QUIRE_OK;

	*dropped = 0;
	if (k->kept == 0)
		return QUIRE_OK;
	for (unsigned i = slot_at(k, KEPT)->newer; i != KEPT; i = newer) {
		int err = QUIRE_OK;

		newer = slot_at(k, i)->newer;
		if (!pick->meant(slot_at(k, i), pick))
			continue;
		err = drop(k, i);
		*dropped += !err;
		result = result ? result : err;
	}
	return result;
}

/* Drop the least recently used one. */
static int drop_oldest(struct quire_keep *k, uint32_t *dropped)
{
	int err;

	if (k->kept == 0)
		return QUIRE_OK;
	err = drop(k, slot_at(k, KEPT)->newer);
	*dropped = !err;
	return err;
}

/* -- what the space is asked -- */

/* A request, and what has come of it. */
struct request {
	const struct quire_want *want;
	quire_va va; /* the chosen address */
	bool chosen;
	struct quire_got got;
};

static int ask(const struct quire_keep *k, struct request *r, const struct quire_want *want)
{
	return r->chosen ? quire_space_map_at(k->space, r->va, want, &r->got)
			 : quire_space_map(k->space, want, &r->got);
}

/* The windows that a request looks at, a bit each. */
static unsigned windows_of(const struct quire_space *space, const struct quire_want *want)
{
	unsigned needed = (want->attr & QUIRE_ACCESS_MASK) | want->caps;
	unsigned windows = 0;

	for (unsigned i = 0; i < space->window_count; i++)
		if ((space->window[i].caps & needed) == needed &&
		    (space->window[i].targets & QUIRE_TARGET_BIT(want->target)))
			windows |= 1u << i;
	return windows;
}

static struct pick showing(const struct quire_keep *k, const struct quire_want *want)
{
	return (struct pick){.meant = shows,
			     .target = want->target,
			     .windows = windows_of(k->space, want),
			     .start = want->pa,
			     .size = want->size};
}

/* Drop the mapping that the space would lend, if it is only kept. */
static int drop_lender(struct quire_keep *k, const struct request *r, uint32_t *dropped)
{
	unsigned i = find_mapping(k, r->got.mapping);
	int err;

	if (i == NONE || slot_at(k, i)->holders)
		return QUIRE_OK;
	err = drop(k, i);
	*dropped = !err;
	return err;
}

/* Drop what, by the space's answer, is in the way; nothing if that is none of ours. */
static int make_way(struct quire_keep *k, int answer, const struct request *r, uint32_t *dropped)
{
	struct pick pick = {.meant = stands, .start = r->va, .size = r->want->size};

	*dropped = 0;
	switch (answer) {
	case QUIRE_IDENTICAL:
	case QUIRE_ENCLOSED:
		return drop_lender(k, r, dropped);
	case QUIRE_EOVERLAP:
		pick = showing(k, r->want);
		return drop_all_of(k, &pick, dropped);
	case QUIRE_ETAKEN:
		return drop_all_of(k, &pick, dropped);
	case QUIRE_ESPACE:
	case QUIRE_EPOOL:
	case QUIRE_ETABLES:
		return drop_oldest(k, dropped);
	default:
		return QUIRE_OK;
	}
}

/* -- a miss -- */

/* From now on, those in use that a new mapping meets are not alone. */
static void crowd(struct quire_keep *k, const struct quire_want *want)
{
	struct pick pick = showing(k, want);

	for (unsigned i = slot_at(k, USED)->older; i != USED; i = slot_at(k, i)->older)
		if (shows(slot_at(k, i), &pick))
			slot_at(k, i)->alone = false;
}

/* The window that an answer is in, and the address on its other side. */
static void slot_set_sides(struct quire_keep_slot *s, const struct quire_space *space, quire_va va)
{
	const struct quire_window *w = space->window;
	bool exec = s->attr & QUIRE_EXEC;

	while (va - (exec ? w->exec_base : w->base) >= w->size)
		w++;
	s->window = (uint8_t)(w - space->window);
	s->va = va;
	s->other = exec ? va - w->exec_base + w->base : va - w->base + w->exec_base;
}

/* Follow a mapping that the space has just made. */
static void track(struct quire_keep *k, const struct request *r, bool alone)
{
	const struct quire_want *want = r->want;
	quire_size mask = k->page_mask[want->target];
	unsigned i = slot_take(k);
	struct quire_keep_slot *s = slot_at(k, i);

	*s = (struct quire_keep_slot){.pa = want->pa,
				      .size = (want->size + mask) & ~mask,
				      .align = want->align,
				      .holders = 1,
				      .tag = want->tag,
				      .target = want->target,
				      .attr = want->attr,
				      .caps = want->caps,
				      .windows = (uint8_t)windows_of(k->space, want)};
	slot_set_sides(s, k->space, r->got.mapping);
	/* A chosen address may be a multiple of align on the instruction side alone. */
	s->alone = alone && (k->targets & QUIRE_TARGET_BIT(want->target)) &&
		   (want->align == 0 ||
		    ((want->attr & QUIRE_EXEC ? s->other : s->va) & (want->align - 1)) == 0);
	slot_enter(k, i);
}

/* What follows from the space's last answer; `want` is what it was asked. */
static void follow(struct quire_keep *k, int answer, const struct request *r,
		   const struct quire_want *want)
{
	bool alone = !(want->flags & QUIRE_SHARED);
	unsigned i;

	if (answer == QUIRE_OK) {
		if (!alone || (k->uneven & QUIRE_TARGET_BIT(want->target)))
			crowd(k, want);
		track(k, r, alone);
	} else if (answer > 0 && !(want->flags & QUIRE_TELL)) {
		i = find_mapping(k, r->got.mapping);
		if (i != NONE)
			slot_at(k, i)->holders++;
	}
}

/* Where windows differ, those that a new mapping does not meet may meet it. */
static int make_way_in_uneven_windows(struct quire_keep *k, const struct quire_want *want)
{
	struct pick pick;
	uint32_t dropped;

	if (want->target >= QUIRE_TARGETS_MAX || !(k->uneven & QUIRE_TARGET_BIT(want->target)))
		return QUIRE_OK;
	pick = showing(k, want);
	return drop_all_of(k, &pick, &dropped);
}

/* Ask the space, as if nothing were kept. */
static int miss(struct quire_keep *k, struct request *r)
{
	struct quire_want want = *r->want;
	uint32_t dropped;
	int answer, err;

	k->misses++;
	if (k->slots == 0)
		return ask(k, r, &want);
	err = make_way_in_uneven_windows(k, &want);
	if (err)
		return err;
	want.flags = (uint8_t)((want.flags | QUIRE_TELL) & ~(unsigned)QUIRE_SHARED);
	do {
		answer = ask(k, r, &want);
		err = make_way(k, answer, r, &dropped);
		if (err)
			return err;
		if (dropped == 0 && want.flags != r->want->flags &&
		    (answer > 0 || answer == QUIRE_EOVERLAP)) {
			/* Those in the way are in use: this is for the space to decide. */
			want.flags = r->want->flags;
			dropped = 1;
		}
	} while (dropped);
	follow(k, answer, r, &want);
	return answer;
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

static int map_missed(struct quire_keep *k, const struct quire_want *want, struct quire_got *got)
{
	struct request r = {.want = want};
	int result = miss(k, &r);

	if (result >= 0)
		*got = r.got;
	return result;
}

static inline int map(struct quire_keep *k, const struct quire_want *want, struct quire_got *got)
{
	unsigned i = find_kept(k, want);

	return i != NONE ? take_up(k, i, got) : map_missed(k, want, got);
}

static int map_at(struct quire_keep *k, quire_va va, const struct quire_want *want,
		  struct quire_got *got)
{
	unsigned i = find_kept(k, want);
	struct request r = {.want = want, .va = va, .chosen = true};
	int result;

	if (i != NONE && (slot_at(k, i)->va == va || slot_at(k, i)->other == va) &&
	    (want->align == 0 || (va & (want->align - 1)) == 0))
		return take_up(k, i, got);
	result = miss(k, &r);
	if (result >= 0)
		*got = r.got;
	return result;
}

static int reserve(struct quire_keep *k, const struct quire_want *want, quire_va *out)
{
	struct request r = {.want = want};
	uint32_t dropped;
	int answer, err;

	do {
		answer = quire_space_reserve(k->space, want, out);
		err = make_way(k, answer, &r, &dropped);
	} while (!err && dropped);
	return err ? err : answer;
}

static int reserve_at(struct quire_keep *k, quire_va va, quire_size size, uint16_t tag)
{
	struct quire_want want = {.size = size};
	struct request r = {.want = &want, .va = va, .chosen = true};
	uint32_t dropped;
	int answer, err;

	do {
		answer = quire_space_reserve_at(k->space, va, size, tag);
		err = make_way(k, answer, &r, &dropped);
	} while (!err && dropped);
	return err ? err : answer;
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
	return i != NONE && slot_at(k, i)->holders == 0 ? QUIRE_EUNMAPPED : answer;
}

/* Whether one more can be kept, after a drop if need be. */
static inline bool make_room(struct quire_keep *k)
{
	uint32_t dropped;

	return k->kept < k->slots || drop_oldest(k, &dropped) == QUIRE_OK;
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
		slot_forget(k, i);
	else
		slot_at(k, i)->holders--;
	return QUIRE_OK;
}

static inline int unmap(struct quire_keep *k, quire_va va, unsigned i)
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

/* Whether a mapping that has no slot is others' as well, or has a tag without some of these bits. */
static int unknown_is_others(struct quire_keep *k, quire_va va, unsigned tag, bool *others)
{
	struct quire_extent_info row;
	int err = quire_space_query(k->space, va, &row);

	*others = !err && row.kind == QUIRE_MAPPED && (va == row.va || va == row.exec_va) &&
		  (row.refs != 1 || (tag & ~(unsigned)row.tag));
	return err;
}

static inline bool is_others(const struct quire_keep_slot *s, unsigned tag)
{
	return s->holders > 1 || (s->holders == 1 && (tag & ~(unsigned)s->tag));
}

static inline int unmap_sole(struct quire_keep *k, quire_va va, unsigned tag)
{
	unsigned i = find_mapping(k, va);
	bool others = i != NONE && is_others(slot_at(k, i), tag);
	int err = i == NONE ? unknown_is_others(k, va, tag, &others) : QUIRE_OK;

	if (err)
		return err;
	return others ? QUIRE_EREFERENCED : unmap(k, va, i);
}

static int tag_mapping(struct quire_keep *k, quire_va va, uint16_t tag)
{
	unsigned i = find_mapping(k, va);
	int err;

	if (i != NONE && slot_at(k, i)->holders == 0)
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

	return err ? err : keep_leave(keep, reserve(keep, want, out));
}

int quire_keep_reserve_at(struct quire_keep *keep, quire_va va, quire_size size, uint16_t tag)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, reserve_at(keep, va, size, tag));
}

int quire_keep_unmap(struct quire_keep *keep, quire_va va)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, unmap(keep, va, find_mapping(keep, va)));
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

static int drop_counted(struct quire_keep *k, const struct pick *pick, uint32_t *dropped)
{
	uint32_t n;
	int err = drop_all_of(k, pick, &n);

	if (dropped)
		*dropped = n;
	return err;
}

static int drop_range(struct quire_keep *k, unsigned target, quire_pa pa, quire_size size,
		      uint32_t *dropped)
{
	struct pick pick = {
		.meant = shows, .target = target, .windows = ~0u, .start = pa, .size = size};

	if (size == 0)
		return QUIRE_EZERO;
	return pa + (size - 1) < pa ? QUIRE_EWRAP : drop_counted(k, &pick, dropped);
}

int quire_keep_drop(struct quire_keep *keep, unsigned target, quire_pa pa, quire_size size,
		    uint32_t *dropped)
{
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, drop_range(keep, target, pa, size, dropped));
}

int quire_keep_drop_all(struct quire_keep *keep, uint32_t *dropped)
{
	struct pick pick = {.meant = every};
	int err = keep_enter(keep, true);

	return err ? err : keep_leave(keep, drop_counted(keep, &pick, dropped));
}
