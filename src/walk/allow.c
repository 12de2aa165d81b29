/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Other attributes for what a range shows already, wherever that is.
 *
 * The tables say where.  Leaves side by side that are alike are a stretch, which one call of the port
 * writes; shapes stay as they are, so that nothing is looked for beyond the range, and a leaf that says
 * what it should is left alone with its marks.
 *
 * Where the machine must break before it makes and the cache mode changes, up to 16 stretches are made
 * invalid and remembered, for their addresses stand nowhere else meanwhile; one flush serves them all.
 */
#include "walk/private.h"

#define STRETCHES 16u /* remembered at a time */

/* What is to be done with a leaf. */
enum way { LEAVE, REWRITE, BREAK };

/* Entries side by side, all to be changed in the same way. */
struct stretch {
	struct quire_run run; /* what they show; size 0: there are none */
	quire_pa table;
	unsigned index;
	struct shape shape;
	uint8_t way; /* enum way */
};

/* A change of attributes in progress. */
struct allowing {
	struct change c;
	struct stretch now;               /* still growing */
	struct stretch broken[STRETCHES]; /* invalid, to be written */
	unsigned count;
	quire_va from, to; /* what has changed since the last flush, if they differ */
	uint8_t attr;
	bool fresh; /* what was invalid has been written */
};

static enum way way_of(const struct quire_walker *w, const struct descent *d, unsigned attr)
{
	if (d->here.attr == attr)
		return LEAVE;
	return must_break(w) && ((d->here.attr ^ attr) & QUIRE_CACHE_MASK) != 0 ? BREAK : REWRITE;
}

static unsigned stretch_entries(const struct quire_walker *w, const struct stretch *s)
{
	return (unsigned)(s->run.size >> w->mmu->level[s->shape.level].shift);
}

static void stretch_write(struct quire_walker *w, const struct stretch *s, unsigned attr)
{
	struct quire_run run = s->run;

	run.attr = (uint8_t)attr;
	leaves_write(w, s->table, s->index, s->shape, &run, stretch_entries(w, s), QUIRE_USED_MASK);
}

/* Have what has changed forgotten, and write what is waiting for that. */
static void changed_flush(struct allowing *a)
{
	if (a->from == a->to)
		return;
	change_flush(&a->c, a->from, a->to - a->from, 0);
	for (unsigned i = 0; i < a->count; i++)
		stretch_write(a->c.w, &a->broken[i], a->attr);
	a->fresh = a->fresh || a->count != 0;
	a->count = 0;
	a->from = a->to;
}

/* Change the stretch that has ended; there may be none. */
static void stretch_end(struct allowing *a)
{
	struct stretch *s = &a->now;
	struct quire_walker *w = a->c.w;

	if (s->run.size == 0)
		return;
	a->from = a->from == a->to ? s->run.walk : a->from;
	a->to = s->run.walk + s->run.size;
	if (s->way == BREAK) {
		entries_write(w, s->table, s->index, w->mmu->invalid, stretch_entries(w, s), 0);
		a->broken[a->count++] = *s;
	} else {
		stretch_write(w, s, a->attr);
	}
	s->run.size = 0;
	if (a->count == STRETCHES)
		changed_flush(a);
}

/* Whether the leaf reached, showing a run, is more of the stretch; then it also changes in that way. */
static bool is_more(const struct stretch *s, const struct descent *d, const struct quire_run *run)
{
	return s->run.size != 0 && s->table == d->table[d->level] &&
	       (s->shape.cluster != 0) == d->here.cluster && goes_on(&s->run, run);
}

/* Change the leaf reached, with those before it that are alike. */
static void leaf_allow(struct allowing *a, const struct descent *d, const struct quire_run *run)
{
	const struct quire_mmu *mmu = a->c.w->mmu;
	enum way way = way_of(a->c.w, d, a->attr);

	if (way == LEAVE)
		return;
	if (is_more(&a->now, d, run)) {
		a->now.run.size += run->size;
		return;
	}
	stretch_end(a);
	a->now = (struct stretch){
		.run = *run,
		.table = d->table[d->level],
		.index = d->index[d->level],
		.shape = {(uint8_t)d->level, d->here.cluster ? mmu->level[d->level].cluster : 0},
		.way = (uint8_t)way,
	};
}

/* Not as a whole: most of it may never be used. */
static void begin(struct allowing *a, struct quire_walker *w, unsigned attr)
{
	a->c = (struct change){.w = w};
	a->now.run.size = 0;
	a->count = 0;
	a->from = a->to = 0;
	a->attr = (uint8_t)attr;
	a->fresh = false;
}

/* Split a leaf that stands across an end of the range, if it is to change. */
static void end_split(struct allowing *a, struct descent *d, quire_va walk)
{
	const struct quire_mmu *mmu = a->c.w->mmu;

	descend_on(a->c.w, d, walk, quire_mmu_last_level(mmu));
	if (d->here.kind == QUIRE_ENTRY_LEAF && way_of(a->c.w, d, a->attr) != LEAVE &&
	    (walk & (((quire_va)1 << leaf_shift(mmu, d)) - 1)) != 0)
		split_at(&a->c, d, walk);
}

void quire_walk_allow(struct quire_walker *w, quire_va walk, quire_size size, unsigned attr)
{
	struct descent d = at_root(w);
	const quire_va start = walk;
	const quire_size whole = size;
	struct allowing a;

	begin(&a, w, attr);
	end_split(&a, &d, walk + size);
	end_split(&a, &d, walk);
	while (size != 0) {
		quire_size part;

		descend_on(w, &d, walk, quire_mmu_last_level(w->mmu));
		part = part_size(w->mmu, &d, walk, size);
		if (d.here.kind == QUIRE_ENTRY_LEAF) {
			struct quire_run run = leaf_part(w->mmu, &d, walk, part);

			leaf_allow(&a, &d, &run);
		}
		walk += part;
		size -= part;
	}
	stretch_end(&a);
	changed_flush(&a);
	if (a.fresh && (w->mmu->flags & QUIRE_MMU_FLUSH_ON_MAP))
		walk_flush(w, start, whole, QUIRE_FLUSH_FRESH);
}
