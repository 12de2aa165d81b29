/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What fits: the largest run of free addresses, where what is only kept is free.
 *
 *     gap   kept  gap  kept   in use   gap
 *     ....  AAAA  ..   BBBBB  cccccc   ......
 *     `--------- a run ----'           `----'  a gap, which the space knows of itself
 *
 * A run that is more than a gap has kept mappings in it, so going through those finds each; it is
 * measured once, from the first of them.  Nothing is dropped.
 */
#include "keep/private.h"

/* A run: the window it is in, and its addresses on the data side. */
struct run {
	const struct quire_window *window;
	quire_va va;
	quire_size size;
};

/* What is at an address of a run's window, and whether that is free; nothing is, outside. */
static int look(const struct quire_keep *k, const struct run *run, quire_va va,
		struct quire_extent_info *row, bool *is_free)
{
	int err;

	*is_free = false;
	if (va - run->window->base >= run->window->size)
		return QUIRE_OK;
	err = quire_space_query(k->space, va, row);
	*is_free = !err && (row->kind == QUIRE_GAP || is_kept(k, find_mapping(k, row->va)));
	return err;
}

/* Let a run that begins with a kept mapping begin with the gap before that.  `*not_first`: another
   kept one stands before it. */
static int find_start(const struct quire_keep *k, struct run *run, bool *not_first)
{
	struct quire_extent_info row = {0};
	int err = look(k, run, run->va - 1, &row, not_first);

	if (err || !*not_first || row.kind != QUIRE_GAP)
		return err;
	run->va = row.va;
	return look(k, run, run->va - 1, &row, not_first);
}

static int find_size(const struct quire_keep *k, struct run *run)
{
	struct quire_extent_info row = {0};
	bool is_free;
	int err;

	do {
		err = look(k, run, run->va + run->size, &row, &is_free);
		run->size += is_free ? row.size : 0;
	} while (!err && is_free);
	return err;
}

/* The size of the run that begins with a kept mapping; 0 if it begins with another. */
static int measure(const struct quire_keep *k, const struct quire_keep_slot *s, quire_size *size)
{
	struct run run = {.window = &k->space->window[s->window],
			  .va = s->attr & QUIRE_EXEC ? s->other : s->va};
	bool not_first;
	int err = find_start(k, &run, &not_first);

	if (!err && !not_first)
		err = find_size(k, &run);
	*size = run.size;
	return err;
}

static int largest_free(const struct quire_keep *k, const struct quire_want *want, quire_size *out)
{
	quire_size largest;
	unsigned windows;
	int err =
		quire_space_largest_free(k->space, want->target, want->attr, want->caps, &largest);

	if (err)
		return err;
	if (k->kept == 0 ||
	    (want->attr & QUIRE_ACCESS_MASK & ~(unsigned)k->space->memory[want->target].caps)) {
		*out = largest;
		return QUIRE_OK;
	}
	windows = keep_windows_of(k->space, want);
	for (unsigned i = slot_at(k, KEPT)->older; !err && i != KEPT; i = slot_at(k, i)->older) {
		quire_size size = 0;

		if (windows & (1u << slot_at(k, i)->window))
			err = measure(k, slot_at(k, i), &size);
		largest = size > largest ? size : largest;
	}
	*out = err ? *out : largest;
	return err;
}

int quire_keep_largest_free(struct quire_keep *keep, unsigned target, unsigned attr, unsigned caps,
			    quire_size *out)
{
	struct quire_want want = {
		.target = (uint8_t)target, .attr = (uint8_t)attr, .caps = (uint8_t)caps};
	int err = keep_enter(keep, out != NULL);

	if (err)
		return err;
	if (target > UINT8_MAX)
		err = QUIRE_ETARGET;
	else if ((attr | caps) > UINT8_MAX)
		err = QUIRE_EFLAG;
	return keep_leave(keep, err ? err : largest_free(keep, &want, out));
}
