/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dropping: kept mappings are unmapped after all, those that are in the way or all there are.
 *
 * One that the port will not give up stays kept; the others that are meant go all the same.
 */
#include "keep/private.h"

/* -- which -- */

static bool ranges_meet(quire_va a, quire_size a_size, quire_va b, quire_size b_size)
{
	return a - b < b_size || b - a < a_size;
}

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

unsigned keep_windows_of(const struct quire_space *space, const struct quire_want *want)
{
	unsigned needed = (want->attr & QUIRE_ACCESS_MASK) | want->caps;
	unsigned windows = 0;

	for (unsigned i = 0; i < space->window_count; i++)
		if ((space->window[i].caps & needed) == needed &&
		    (space->window[i].targets & QUIRE_TARGET_BIT(want->target)))
			windows |= 1u << i;
	return windows;
}

struct pick keep_showing(const struct quire_keep *k, const struct quire_want *want)
{
	return (struct pick){.meant = shows,
			     .target = want->target,
			     .windows = keep_windows_of(k->space, want),
			     .start = want->pa,
			     .size = want->size};
}

struct pick keep_standing(quire_va va, quire_size size)
{
	return (struct pick){.meant = stands, .start = va, .size = size};
}

static bool every(const struct quire_keep_slot *s, const struct pick *p)
{
	(void)s;
	(void)p;
	return true;
}

/* -- dropping -- */

int keep_drop(struct quire_keep *k, unsigned i)
{
	int err = quire_space_unmap(k->space, slot_at(k, i)->va);

	if (err)
		return err;
	keep_slot_forget(k, i);
	k->drops++;
	return QUIRE_OK;
}

int keep_drop_picked(struct quire_keep *k, const struct pick *pick, uint32_t *dropped)
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
		err = keep_drop(k, i);
		*dropped += !err;
		result = result ? result : err;
	}
	return result;
}

int keep_drop_oldest(struct quire_keep *k, uint32_t *dropped)
{
	int err;

	*dropped = 0;
	if (k->kept == 0)
		return QUIRE_OK;
	err = keep_drop(k, slot_at(k, KEPT)->newer);
	*dropped = !err;
	return err;
}

/* -- public -- */

static int drop_counted(struct quire_keep *k, const struct pick *pick, uint32_t *dropped)
{
	uint32_t n;
	int err = keep_drop_picked(k, pick, &n);

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
