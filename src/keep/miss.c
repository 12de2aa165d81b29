/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no hit goes to the space, which must answer as if nothing were kept: by its first answer
 * one can see what is in the way, and if that is only kept, it is dropped, and the space is asked
 * again.
 */
#include "keep/private.h"

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

/* Drop the mapping that the space would lend, if it is only kept. */
static int drop_lender(struct quire_keep *k, const struct request *r, uint32_t *dropped)
{
	unsigned i = find_mapping(k, r->got.mapping);
	int err;

	if (!is_kept(k, i))
		return QUIRE_OK;
	err = keep_drop(k, i);
	*dropped = !err;
	return err;
}

/* Drop what, by the space's answer, is in the way; nothing if that is none of ours. */
static int make_way(struct quire_keep *k, int answer, const struct request *r, uint32_t *dropped)
{
	struct pick pick = keep_standing(r->va, r->want->size);

	*dropped = 0;
	switch (answer) {
	case QUIRE_IDENTICAL:
	case QUIRE_ENCLOSED:
		return drop_lender(k, r, dropped);
	case QUIRE_EOVERLAP:
		pick = keep_showing(k, r->want);
		return keep_drop_picked(k, &pick, dropped);
	case QUIRE_ETAKEN:
		return keep_drop_picked(k, &pick, dropped);
	case QUIRE_ESPACE:
	case QUIRE_EPOOL:
	case QUIRE_ETABLES:
		return keep_drop_oldest(k, dropped);
	default:
		return QUIRE_OK;
	}
}

/* -- a miss -- */

/* From now on, those in use that a new mapping meets are not alone. */
static void crowd(struct quire_keep *k, const struct quire_want *want)
{
	struct pick pick = keep_showing(k, want);

	for (unsigned i = slot_at(k, USED)->older; i != USED; i = slot_at(k, i)->older)
		if (pick.meant(slot_at(k, i), &pick))
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
	unsigned i = keep_slot_take(k);
	struct quire_keep_slot *s = slot_at(k, i);

	*s = (struct quire_keep_slot){.pa = want->pa,
				      .size = whole_pages(k, want),
				      .align = want->align,
				      .holders = 1,
				      .tag = want->tag,
				      .target = want->target,
				      .attr = want->attr,
				      .caps = want->caps,
				      .windows = (uint8_t)keep_windows_of(k->space, want)};
	slot_set_sides(s, k->space, r->got.mapping);
	/* A chosen address may be a multiple of align on the instruction side alone. */
	s->alone = alone && (k->targets & QUIRE_TARGET_BIT(want->target)) &&
		   (want->align == 0 ||
		    ((want->attr & QUIRE_EXEC ? s->other : s->va) & (want->align - 1)) == 0);
	keep_slot_enter(k, i);
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
	pick = keep_showing(k, want);
	return keep_drop_picked(k, &pick, &dropped);
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

/* -- the verbs -- */

int keep_map_missed(struct quire_keep *k, const quire_va *chosen, const struct quire_want *want,
		    struct quire_got *got)
{
	struct request r = {.want = want, .va = chosen ? *chosen : 0, .chosen = chosen != NULL};
	int result = miss(k, &r);

	if (result >= 0)
		*got = r.got;
	return result;
}

int keep_reserve_missed(struct quire_keep *k, const struct quire_want *want, quire_va *out)
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

int keep_reserve_at_missed(struct quire_keep *k, quire_va va, quire_size size, uint16_t tag)
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
